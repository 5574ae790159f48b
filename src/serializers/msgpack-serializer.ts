import { Packr } from 'msgpackr/pack'
import { DeserializationError } from '../errors.js'
import type { Encoded } from '../model/encoded.js'
import { decodeAny, MSGPACK_OPTIONS } from './decode-any.js'
import { Serializer } from './serializer.js'
import { writeValue } from './write-value.js'

/** Writes MessagePack: smaller than JSON, and bytes stay bytes. A value that it cannot express is tagged as in JSON. */
export class MsgpackSerializer extends Serializer {
  readonly name = 'msgpack'
  readonly #packr = new Packr(MSGPACK_OPTIONS)

  encode(value: object): Encoded {
    return writeValue(value, true, (carried) => this.#packr.pack(carried))
  }

  decode(bytes: Uint8Array): unknown {
    if (bytes.length === 0) throw new DeserializationError('expected a serialized value, got no bytes')
    return decodeAny(bytes)
  }
}
