import type { Encoded } from '../util/encoded.js'
import { shareClass } from '../util/shared-class.js'

/**
 * Turns values into what is stored and sent, and back. Token and contract: rebind `Serializer` to use your own.
 *
 * Values come out as they went in: every JSON value, and `Date`, `bigint`, `Map`, `Set`, `Uint8Array`, `undefined` members of
 * objects, `NaN`, the infinities and `-0`.
 */
export abstract class Serializer {
  /** Short name, `'json'` or `'msgpack'` for the two that come with the package. */
  abstract readonly name: string

  /**
   * @param value - an object or an array at the top (the first byte tells the formats apart)
   * @throws {@link SerializationError} with the path to what cannot be carried: functions, symbols, cycles, class
   *   instances
   */
  abstract encode(value: object): Encoded

  /**
   * Reads what any of the package's serializers wrote.
   *
   * @throws {@link DeserializationError} when the bytes are not what a serializer wrote
   */
  abstract decode(bytes: Uint8Array): unknown
}
shareClass(Serializer, 'Serializer')
