import { InvalidOptionError, isPulsarError } from '../errors.js'
import { errorMessage } from '../util/thrown.js'

/**
 * Reads the options of a call. A getter of them, or a proxy, may throw.
 *
 * @returns what `read` returns
 * @throws {@link InvalidOptionError} where they cannot be read; an error of this package as it is
 */
export function readOptions<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isPulsarError(error)) throw error
    const received = `one that throws: ${errorMessage(error)}`
    throw new InvalidOptionError('options', 'an object whose members can be read', received)
  }
}
