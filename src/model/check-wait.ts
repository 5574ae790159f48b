import { InvalidOptionError, described } from '../errors.js'
import { isList } from '../util/is-list.js'
import { readOptions } from './read-options.js'

/** The limits of a wait, as callers give them. */
interface Wait<T> {
  readonly timeout?: T | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Checks the limits of a wait: its timeout is checked where it is converted.
 *
 * @returns the limits; none where the caller gave none
 * @throws {@link InvalidOptionError}
 */
export function checkWait<T>(options: Wait<T> | undefined): Wait<T> {
  const given: unknown = options
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null || isList(given)) {
    throw new InvalidOptionError('options', 'an object such as { timeout, signal }', described(given))
  }
  const { timeout, signal } = readOptions(() => {
    const { timeout, signal } = given as Wait<T>
    return { timeout, signal }
  })
  if (signal !== undefined && !isSignal(signal)) {
    throw new InvalidOptionError('signal', 'an AbortSignal', described(signal))
  }
  return { timeout, signal }
}

/** Not `instanceof`: a test runner may have a class of its own. */
function isSignal(value: unknown): boolean {
  const { throwIfAborted, addEventListener } = Object(value) as Partial<AbortSignal>
  return typeof throwIfAborted === 'function' && typeof addEventListener === 'function'
}
