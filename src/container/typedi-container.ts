import 'reflect-metadata'
import type { ContainerInstance, Container as TypediStatic } from 'typedi'
import { AlreadyStartedError } from '../errors.js'
import { construct, overlay } from './construct.js'
import type { Constructor, Container, JobContainer, Provider, Token } from './container.js'

/** TypeDI's global container, or one of its instances. */
export type TypediContainer = typeof TypediStatic | ContainerInstance

interface Typedi {
  has(type: unknown): boolean
  get(type: unknown): unknown
  set(service: { id: unknown; value?: unknown; factory?: () => unknown }): unknown
}

/**
 * Lets an application that lives in TypeDI be the app's container: services come from it, and what the app binds
 * (`Manager`, `Broker`, ...) is found there too.
 */
export function fromTypedi(container: TypediContainer): Container {
  return new TypediAdapter(container as unknown as Typedi)
}

class TypediAdapter implements JobContainer {
  #sealed = false

  constructor(private readonly inner: Typedi) {}

  register<T>(token: Token<T>, provider: Provider<T>): this {
    if (this.#sealed) throw new AlreadyStartedError(`${token.name} was bound`)
    if ('useValue' in provider) this.inner.set({ id: token, value: provider.useValue })
    else if ('useClass' in provider)
      this.inner.set({
        id: token,
        factory: () => construct(provider.useClass as Constructor<T & object>, undefined, this),
      })
    else this.inner.set({ id: token, factory: () => provider.useFactory(this) })
    return this
  }

  resolve<T>(token: Token<T>): T {
    if (this.inner.has(token)) return this.inner.get(token) as T
    // TypeDI throws for a class that is not a @Service; one that can be built is built.
    return construct(token as unknown as Constructor<T & object>, undefined, this)
  }

  isRegistered(token: Token): boolean {
    return this.inner.has(token)
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
