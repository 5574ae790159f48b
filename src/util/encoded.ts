/** A value as a serializer wrote it: text (`json`) or bytes (`msgpack`). Stores keep it as it is and never look inside. */
export type Encoded = string | Uint8Array

/** The bytes of an encoded value. Text becomes UTF-8. */
export function toBytes(encoded: Encoded): Uint8Array {
  return typeof encoded === 'string' ? Buffer.from(encoded) : encoded
}
