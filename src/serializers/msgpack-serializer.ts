import { createRequire } from 'node:module'
import type { Packr } from 'msgpackr'
import { DeserializationError } from '../errors.js'
import type { Encoded } from '../model/encoded.js'
import { decodeAny, MSGPACK_OPTIONS } from './decode-any.js'
import { Serializer } from './serializer.js'
import { writeValue } from './write-value.js'

/** Writes MessagePack: smaller than JSON, and bytes stay bytes. A value that it cannot express is tagged as in JSON. */
export class MsgpackSerializer extends Serializer {
  readonly name = 'msgpack'
  #packr: Packr | null = null

  encode(value: object): Encoded {
    return writeValue(value, true, (carried) => this.#writer().pack(carried))
  }

  decode(bytes: Uint8Array): unknown {
    if (bytes.length === 0) throw new DeserializationError('expected a serialized value, got no bytes')
    return decodeAny(bytes)
  }

  /** Loaded on first use, so that an app that uses JSON never loads it. */
  #writer(): Packr {
    if (this.#packr) return this.#packr
    const { Packr: Writer } = createRequire(import.meta.url)('msgpackr') as typeof import('msgpackr')
    this.#packr = new Writer(MSGPACK_OPTIONS)
    return this.#packr
  }
}
