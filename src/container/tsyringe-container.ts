import 'reflect-metadata'
import type { DependencyContainer, InjectionToken } from 'tsyringe'
import { container as root, instanceCachingFactory } from 'tsyringe'
import { AlreadyStartedError } from '../errors.js'
import { construct, overlay } from './construct.js'
import type { Constructor, JobContainer, Provider, Token } from './container.js'

/** An app's own container: a child of tsyringe's, so that what is registered globally can be injected too. */
export class TsyringeContainer implements JobContainer {
  readonly #inner: DependencyContainer = root.createChildContainer()
  #sealed = false

  register<T>(token: Token<T>, provider: Provider<T>): this {
    if (this.#sealed) throw new AlreadyStartedError(`${token.name} was bound`)
    if ('useValue' in provider) {
      this.#inner.register(keyOf(token), { useValue: provider.useValue })
      return this
    }
    const make =
      'useClass' in provider
        ? () => construct(provider.useClass as Constructor<T & object>, undefined, this)
        : () => provider.useFactory(this)
    // tsyringe keeps the last of several registrations, and one that is cached runs its factory once.
    this.#inner.register(keyOf(token), { useFactory: instanceCachingFactory(make) })
    return this
  }

  resolve<T>(token: Token<T>): T {
    if (this.isRegistered(token)) return this.#inner.resolve(keyOf(token))
    return construct(token as unknown as Constructor<T & object>, undefined, this)
  }

  isRegistered(token: Token): boolean {
    return this.#inner.isRegistered(keyOf(token), true)
  }

  seal(): void {
    this.#sealed = true
  }

  build<T extends object>(
    target: Constructor<T>,
    inject: readonly unknown[] | undefined,
    bindings: ReadonlyMap<Token, object>,
  ): T {
    return construct(target, inject, overlay(bindings, this))
  }
}

/** tsyringe's own types refuse abstract classes; its code does not. */
function keyOf<T>(token: Token<T>): InjectionToken<T> {
  return token as unknown as InjectionToken<T>
}
