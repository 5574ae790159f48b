import { described, SerializationError } from '../errors.js'
import { errorMessage } from '../util/thrown.js'
import { inspect } from './inspect-value.js'
import { tagged } from './tagged-json.js'

/**
 * Writes a value in one of the package's formats. One pass over the value finds parts that cannot be serialized, and tells
 * whether any part needs a tag. Most values need none and are written without a copy.
 *
 * @param binary - whether the format is MessagePack: see {@link tagged}
 * @param write - encodes a value in which nothing is left to tag
 * @throws {@link SerializationError} for every failure, such as a getter that throws only the second time, or a text that is
 *   too long
 */
export function writeValue<T>(value: object, binary: boolean, write: (carried: unknown) => T): T {
  try {
    return write(inspect(value) ? tagged(value, binary) : value)
  } catch (error) {
    if (error instanceof SerializationError) throw error
    throw new SerializationError('', described(value), `cannot be written: ${errorMessage(error)}`, { cause: error })
  }
}
