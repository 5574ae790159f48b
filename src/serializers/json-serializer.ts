import { DeserializationError } from '../errors.js'
import type { Encoded } from '../model/encoded.js'
import { decodeAny } from './decode-any.js'
import { smallJson } from './plain-json.js'
import { Serializer } from './serializer.js'
import { writeValue } from './write-value.js'

/** Writes plain JSON. A value that JSON cannot express becomes an object with one member whose name starts with `$`. */
export class JsonSerializer extends Serializer {
  readonly name = 'json'

  encode(value: object): Encoded {
    return smallJson(value) ?? writeValue(value, false, (carried) => JSON.stringify(carried))
  }

  /** @param encoded - bytes, or the text that they are */
  decode(encoded: Encoded): unknown {
    if (encoded.length === 0) throw new DeserializationError('expected a serialized value, got no bytes')
    return decodeAny(encoded)
  }
}

/** Whether a serializer is the `JsonSerializer` itself, and no class of an application that extends it. */
export function isJsonSerializer(serializer: Serializer): serializer is JsonSerializer {
  return Object.getPrototypeOf(serializer) === JsonSerializer.prototype
}
