import { InjectionError, described } from '../errors.js'
import type { Source } from './construct.js'
import { construct } from './construct.js'
import type { Constructor, Container, Provider, Token } from './container.js'

const EXPECTED = '{ useClass: a class }, { useValue: a value } or { useFactory: a function }'

/** The binding of a token. Its service is built once, on first use. */
export class Binding {
  readonly #build: () => unknown
  #built: { readonly service: unknown } | null = null

  /** @throws {@link InjectionError} for a provider that is neither a class, nor a value, nor a factory */
  constructor(token: Token, provider: Provider<unknown>, container: Container & Source) {
    this.#build = builderOf(token, provider, container)
  }

  get service(): unknown {
    return (this.#built ??= { service: this.#build() }).service
  }

  get isBuilt(): boolean {
    return this.#built !== null
  }

  /** Whether the service was built by this binding. */
  hasBuilt(service: unknown): boolean {
    return this.#built !== null && this.#built.service === service
  }

  /** Lets the next use build the service anew. */
  forget(): void {
    this.#built = null
  }
}

function builderOf(token: Token, provider: Provider<unknown>, container: Container & Source): () => unknown {
  const given: unknown = provider
  if (typeof token !== 'function') throw new InjectionError(described(token), 'a token is a class')
  if (typeof given === 'object' && given !== null) {
    if ('useValue' in provider) return () => provider.useValue
    if ('useFactory' in provider && typeof provider.useFactory === 'function') {
      return () => provider.useFactory(container)
    }
    if ('useClass' in provider && typeof provider.useClass === 'function') {
      return () => construct(provider.useClass as Constructor<object>, undefined, container)
    }
  }
  throw new InjectionError(token.name, `expected it to be bound to ${EXPECTED}, got ${described(given)}`)
}
