const NAME = Symbol.for('pulsar-queue.class')

/** The classes of this copy of the package that users inject, by name. */
const classes = new Map<string, object>()

/**
 * Marks a class that users inject, so that the same class of another copy of this package counts as it. Subclasses do not.
 *
 * @param target - a class; an abstract one cannot be built where nothing is bound to it
 */
export function shareClass(target: object, name: string): void {
  Object.defineProperty(target, NAME, { value: name })
  classes.set(name, target)
}

/** @returns this copy's class for one of another copy; any other token as it is */
export function sharedClass<T>(token: T): T {
  const name = sharedName(token)
  return name === null ? token : ((classes.get(name) as T | undefined) ?? token)
}

/** @returns the name of a class of this package that users inject; null for anything else */
export function sharedName(token: unknown): string | null {
  if (typeof token !== 'function' || !Object.hasOwn(token, NAME)) return null
  const name: unknown = Reflect.get(token, NAME)
  return typeof name === 'string' ? name : null
}
