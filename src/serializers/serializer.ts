import type { Encoded } from '../model/encoded.js'
import { shareClass } from '../util/shared-class.js'

/**
 * Encodes the values that are stored and sent, and decodes them. This class is the token and the contract: bind a serializer
 * of your own in place of `Serializer`.
 *
 * A decoded value equals the encoded one. That holds for every JSON value, and for `Date`, `bigint`, `Map`, `Set`,
 * `Uint8Array`, `undefined` members of objects, `NaN`, the infinities and `-0`.
 */
export abstract class Serializer {
  /** Short name of the format. Those of the package are `'json'` and `'msgpack'`. */
  abstract readonly name: string

  /**
   * Encodes a value.
   *
   * @param value - an object or an array, because the first byte must tell the format
   * @throws {@link SerializationError} with the path to a part that cannot be serialized: a function, a symbol, a cycle, or
   *   an instance of a class
   */
  abstract encode(value: object): Encoded

  /**
   * Decodes a value that any of the package's serializers wrote.
   *
   * @throws {@link DeserializationError} for bytes that no serializer wrote
   */
  abstract decode(bytes: Uint8Array): unknown
}
shareClass(Serializer, 'Serializer')
