import { DeserializationError } from '../errors.js'
import type { Encoded } from '../util/encoded.js'
import { decodeAny } from './decode-any.js'
import { Serializer } from './serializer.js'
import { inspect } from './inspect-value.js'
import { tagged } from './tagged-json.js'

/** Plain JSON wherever the value is; what JSON has no words for is an object with one member that starts with `$`. */
export class JsonSerializer extends Serializer {
  readonly name = 'json'

  encode(value: object): Encoded {
    // One walk finds what cannot be carried, and whether anything needs a tag: most values need none.
    return JSON.stringify(inspect(value) ? tagged(value, false) : value)
  }

  decode(bytes: Uint8Array): unknown {
    if (bytes.length === 0) throw new DeserializationError('expected a serialized value, got no bytes')
    return decodeAny(bytes)
  }
}
