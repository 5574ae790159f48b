import { described, SerializationError } from '../errors.js'
import { errorMessage } from '../util/thrown.js'
import { inspect } from './inspect-value.js'
import { tagged } from './tagged-json.js'

/**
 * Writes a value in one of the package's formats. One walk finds what cannot be carried, and whether anything needs a tag:
 * most values need none, and are written as they are.
 *
 * @param binary - for MessagePack: see {@link tagged}
 * @param write - what puts a value without anything to tag into bytes or text
 * @throws {@link SerializationError}, whatever goes wrong: a getter may throw the second time, a text be too long
 */
export function writeValue<T>(value: object, binary: boolean, write: (carried: unknown) => T): T {
  try {
    return write(inspect(value) ? tagged(value, binary) : value)
  } catch (error) {
    if (error instanceof SerializationError) throw error
    throw new SerializationError('', described(value), `cannot be written: ${errorMessage(error)}`, { cause: error })
  }
}
