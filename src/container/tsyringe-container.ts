import 'reflect-metadata'
import type { DependencyContainer, InjectionToken } from 'tsyringe'
import { container as root } from 'tsyringe'
import { AlreadyStartedError } from '../errors.js'
import { construct } from './construct.js'
import type { Source } from './construct.js'
import { Binding } from './binding.js'
import { Label } from './constructor-parameters.js'
import type { Labels } from './constructor-parameters.js'
import { sharedClass } from '../util/shared-class.js'
import type { Constructor, JobContainer, OwnServices, Provider, Token } from './container.js'

/** The metadata of tsyringe's `@inject(token)`, `@injectAll(token)` and `@injectWithTransform(token, transform)`. */
interface Injected {
  readonly token: InjectionToken
  readonly multiple?: boolean
  readonly isOptional?: boolean
  readonly transform?: InjectionToken<{ transform(value: unknown, ...args: unknown[]): unknown }>
  readonly transformArgs?: readonly unknown[]
}

/** An app's own container: a child of tsyringe's global one, so that services registered there can be injected, too. */
export class TsyringeContainer implements JobContainer, Source {
  readonly #inner: DependencyContainer = root.createChildContainer()
  readonly #bindings = new Map<Token, Binding>()
  #sealed = false

  get bound(): readonly Token[] {
    return [...this.#bindings.keys()]
  }

  register<T>(token: Token<T>, provider: Provider<T>): this {
    if (this.#sealed) throw new AlreadyStartedError(`${token.name} was bound`)
    const binding = new Binding(token, provider, this)
    this.#bindings.set(sharedClass(token), binding)
    // tsyringe resolves the last of several registrations.
    this.#inner.register(keyOf(token), { useFactory: () => binding.service as T })
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

  forget(): void {
    for (const binding of this.#bindings.values()) binding.forget()
  }

  build<T extends object>(target: Constructor<T>, inject: readonly unknown[] | undefined, own?: OwnServices): T {
    return construct(target, inject, this, own)
  }

  labels(owner: Token): Labels {
    const injected = (Reflect.getOwnMetadata('injectionTokens', owner) ?? {}) as Readonly<Record<string, Injected>>
    return new Map(
      Object.entries(injected).map(([index, of]) => [Number(index), new Label((get) => this.#injected(of, get))]),
    )
  }

  #injected(of: Injected, get: (token: unknown) => unknown): unknown {
    const value = this.#plain(of, get)
    if (of.transform === undefined) return value
    return this.#inner.resolve(of.transform).transform(value, ...(of.transformArgs ?? []))
  }

  #plain({ token, multiple, isOptional }: Injected, get: (token: unknown) => unknown): unknown {
    if (isOptional === true && !this.#inner.isRegistered(token, true)) return multiple === true ? [] : undefined
    if (multiple === true) return this.#inner.resolveAll(token)
    // Names and delayed classes are tsyringe's own.
    return typeof token === 'function' ? get(token) : this.#inner.resolve(token)
  }
}

/** tsyringe's own types refuse abstract classes; its code does not. */
function keyOf<T>(token: Token<T>): InjectionToken<T> {
  return sharedClass(token) as unknown as InjectionToken<T>
}
