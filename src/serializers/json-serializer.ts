import { DeserializationError } from '../errors.js'
import type { Encoded } from '../model/encoded.js'
import { decodeAny } from './decode-any.js'
import { Serializer } from './serializer.js'
import { writeValue } from './write-value.js'

/** Writes plain JSON. A value that JSON cannot express becomes an object with one member whose name starts with `$`. */
export class JsonSerializer extends Serializer {
  readonly name = 'json'

  encode(value: object): Encoded {
    return writeValue(value, false, (carried) => JSON.stringify(carried))
  }

  decode(bytes: Uint8Array): unknown {
    if (bytes.length === 0) throw new DeserializationError('expected a serialized value, got no bytes')
    return decodeAny(bytes)
  }
}
