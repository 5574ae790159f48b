import { described, InvalidOptionError } from '../errors.js'
import { didYouMean } from '../util/did-you-mean.js'

/** @throws {@link InvalidOptionError} for options that are no object, and for the first one that has another name than these */
export function checkOptionNames(options: unknown, names: readonly string[]): asserts options is object {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidOptionError('options', 'an object', described(options))
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new InvalidOptionError(unknown, `one of ${names.join(', ')}`, 'an unknown option', didYouMean(unknown, names))
}
