import { InjectionError, isPulsarError } from '../errors.js'
import { errorMessage } from '../util/thrown.js'
import { sharedClass, sharedName } from '../util/shared-class.js'
import { constructorParameters, Label } from './constructor-parameters.js'
import type { Labels } from './constructor-parameters.js'
import type { Constructor, OwnServices, Token } from './container.js'

/** Resolves a token. */
export type Get = (token: unknown) => unknown

/** A container, as the source of injected services. */
export interface Source {
  resolve<T>(token: Token<T>): T
  /** The container's own decorators of a constructor's parameters. */
  labels(owner: Token): Labels
  /** Sets the members of a new instance that the container's own decorators mark. */
  fill?(target: Token, instance: object, get: Get): void
}

const NONE: OwnServices = { get: () => undefined }
/** The parameters of the classes that each source has built. Decorators say the same of a class for ever. */
const known = new WeakMap<Source, WeakMap<Token, readonly unknown[]>>()

/**
 * Builds a class with injected parameters. Neither tsyringe nor TypeDI does this here: without metadata, both would silently
 * build the class without arguments.
 *
 * @param own - services of this instance alone
 * @throws {@link InjectionError}
 */
export function construct<T extends object>(
  target: Constructor<T>,
  inject: readonly unknown[] | undefined,
  source: Source,
  own = NONE,
): T {
  const parameters = parametersOf(target, inject, source)
  if (parameters.length === 0 && source.fill === undefined) return newWithout(target)
  const get: Get = (token) => own.get(sharedClass(token as Token)) ?? source.resolve(token as Token)
  try {
    const values = parameters.map((type) => (type instanceof Label ? type.value(get) : get(type)))
    const instance = new target(...(values as never[]))
    source.fill?.(target, instance, get)
    return instance
  } catch (error) {
    throw asInjectionError(target, error)
  }
}

/** A new instance of a class whose constructor takes nothing, as those of most jobs. */
function newWithout<T extends object>(target: Constructor<T>): T {
  try {
    return new target()
  } catch (error) {
    throw asInjectionError(target, error)
  }
}

function asInjectionError(target: Token, error: unknown): unknown {
  return isPulsarError(error) ? error : new InjectionError(target.name, errorMessage(error), { cause: error })
}

function parametersOf(target: Token, inject: readonly unknown[] | undefined, source: Source): readonly unknown[] {
  const ofSource = known.get(source) ?? new WeakMap<Token, readonly unknown[]>()
  const before = ofSource.get(target)
  if (before !== undefined && inject === undefined) return before
  refuseUnbound(target)
  const parameters = constructorParameters(target, inject, (owner) => source.labels(owner))
  if (inject === undefined) {
    known.set(source, ofSource)
    ofSource.set(target, parameters)
  }
  return parameters
}

/** Our abstract classes, which must be bound. At run time they look like any class, and would be built without their methods. */
function refuseUnbound(target: Token): void {
  const name = sharedName(target)
  if (name === null || name === 'Manager') return
  const where = name === 'JobContext' ? 'it is injected into jobs alone, for their run' : 'nothing is bound to it'
  throw new InjectionError(name, where)
}
