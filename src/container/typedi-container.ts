import 'reflect-metadata'
import type { ContainerInstance, Handler } from 'typedi'
import { Container as TypediStatic } from 'typedi'
import { AlreadyStartedError } from '../errors.js'
import { construct } from './construct.js'
import type { Get, Source } from './construct.js'
import { Binding } from './binding.js'
import { Label } from './constructor-parameters.js'
import type { Labels } from './constructor-parameters.js'
import { sharedClass } from '../util/shared-class.js'
import type { Constructor, Container, JobContainer, Provider, OwnServices, Token } from './container.js'

/** TypeDI's global container, or one of its instances. */
export type TypediContainer = typeof TypediStatic | ContainerInstance

interface Typedi {
  /** The metadata of `@Inject()` and similar decorators; only the global container has it. */
  readonly handlers?: readonly Handler[]
  has(type: unknown): boolean
  get(type: unknown): unknown
  set(service: { id: unknown; factory: () => unknown }): unknown
  remove(type: unknown): unknown
}

/**
 * Makes a TypeDI container the container of an app: services come from it, and the app's bindings (`Manager`, `Broker`, ...)
 * are found there, too. Each app needs a call of its own. The bindings of an earlier app are removed from TypeDI.
 */
export function fromTypedi(container: TypediContainer): Container {
  const inner = container as unknown as Typedi
  latest.get(inner)?.retire()
  const adapter = new TypediAdapter(inner)
  latest.set(inner, adapter)
  return adapter
}

/** The latest adapter of each TypeDI container. */
const latest = new WeakMap<object, TypediAdapter>()

const RETIRED = Symbol('bound by an earlier app')

class TypediAdapter implements JobContainer, Source {
  readonly #bindings = new Map<Token, Binding>()
  #sealed = false
  #retired = false

  constructor(private readonly inner: Typedi) {}

  get bound(): readonly Token[] {
    return [...this.#bindings.keys()]
  }

  register<T>(token: Token<T>, provider: Provider<T>): this {
    if (this.#sealed) throw new AlreadyStartedError(`${token.name} was bound`)
    const binding = new Binding(token, provider, this)
    this.#bindings.set(sharedClass(token), binding)
    this.#bindInTypedi(token, binding)
    return this
  }

  resolve<T>(wanted: Token<T>): T {
    const token = sharedClass(wanted)
    const binding = this.#bindings.get(token)
    if (binding) return binding.service as T
    // TypeDI throws for a class that is not a @Service; one that can be built is built.
    const id: unknown = token
    if (this.inner.has(id) || typeof id !== 'function') return this.inner.get(token) as T
    return construct(token as unknown as Constructor<T & object>, undefined, this)
  }

  isRegistered(token: Token): boolean {
    return this.#bindings.has(sharedClass(token)) || this.inner.has(token)
  }

  seal(): void {
    this.#sealed = true
  }

  forget(): void {
    for (const [token, binding] of this.#bindings) {
      if (!binding.isBuilt) continue
      const isInForce = this.inner.has(token) && binding.hasBuilt(this.inner.get(token))
      binding.forget()
      // TypeDI keeps the service that a factory returned.
      if (isInForce) this.#bindInTypedi(token, binding)
    }
  }

  build<T extends object>(target: Constructor<T>, inject: readonly unknown[] | undefined, own?: OwnServices): T {
    return construct(target, inject, this, own)
  }

  labels(owner: Token): Labels {
    const labels = new Map<number, Label>()
    for (const { object, index, value } of this.#handlers()) {
      if (typeof index === 'number' && (object as unknown) === owner) {
        labels.set(index, new Label((get) => value(asContainer(get)) as unknown))
      }
    }
    return labels
  }

  fill(target: Token, instance: object, get: Get): void {
    for (const { object, index, propertyName, value } of this.#handlers()) {
      const owner = object.constructor as unknown as Token
      if (typeof index === 'number' || propertyName === undefined) continue
      if (owner !== target && !(target.prototype instanceof owner)) continue
      Reflect.set(instance, propertyName, value(asContainer(get)))
    }
  }

  /** Removes the bindings of this app from TypeDI, unless another one was bound in their place. */
  retire(): void {
    this.#retired = true
    for (const [token, binding] of this.#bindings) {
      if (!this.inner.has(token)) continue
      const now = this.inner.get(token)
      if (now === RETIRED || binding.hasBuilt(now)) this.inner.remove(token)
    }
  }

  #bindInTypedi(token: Token, binding: Binding): void {
    this.inner.set({ id: token, factory: () => (this.#retired ? RETIRED : binding.service) })
  }

  #handlers(): readonly Handler[] {
    return this.inner.handlers ?? TypediStatic.handlers
  }
}

/** A handler resolves one service, from the bindings of the instance that is built. */
function asContainer(get: Get): ContainerInstance {
  return { get } as unknown as ContainerInstance
}
