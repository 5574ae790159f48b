import { InjectionError, described } from '../errors.js'
import type { Source } from './construct.js'
import { construct } from './construct.js'
import type { Constructor, Container, Provider, Token } from './container.js'

const EXPECTED = '{ useClass: a class }, { useValue: a value } or { useFactory: a function }'

/**
 * What makes the service of a binding, when it is first asked for.
 *
 * @throws {@link InjectionError} at once, for what is neither a class, nor a value, nor a factory
 */
export function makerOf<T>(token: Token<T>, provider: Provider<T>, container: Container & Source): () => T {
  const given: unknown = provider
  if (typeof token !== 'function') throw new InjectionError(described(token), 'a token is a class')
  if (typeof given === 'object' && given !== null) {
    if ('useValue' in provider) return () => provider.useValue
    if ('useFactory' in provider && typeof provider.useFactory === 'function') {
      return () => provider.useFactory(container)
    }
    if ('useClass' in provider && typeof provider.useClass === 'function') {
      return () => construct(provider.useClass as Constructor<T & object>, undefined, container)
    }
  }
  throw new InjectionError(token.name, `expected it to be bound to ${EXPECTED}, got ${described(given)}`)
}
