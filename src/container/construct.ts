import { InjectionError, isPulsarError } from '../errors.js'
import { constructorParameters } from './constructor-parameters.js'
import type { Constructor, Token } from './container.js'

/** Whatever services come from. */
interface Source {
  resolve<T>(token: Token<T>): T
}

/**
 * Builds a class with what its constructor gets. Both containers leave this to us: each of them builds a class whose
 * parameters it knows nothing of without any, silently.
 *
 * @throws {@link InjectionError}
 */
export function construct<T extends object>(
  target: Constructor<T>,
  inject: readonly unknown[] | undefined,
  source: Source,
): T {
  const parameters = constructorParameters(target, inject)
  try {
    return new target(...(parameters.map((type) => source.resolve(type as Token)) as never[]))
  } catch (error) {
    if (isPulsarError(error)) throw error
    throw new InjectionError(target.name, error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** A source that has some services of its own before those of another. */
export function overlay(bindings: ReadonlyMap<Token, object>, source: Source): Source {
  return { resolve: <T>(token: Token<T>): T => (bindings.get(token) as T | undefined) ?? source.resolve(token) }
}
