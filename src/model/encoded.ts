/** A value that a serializer has encoded: text (`json`) or bytes (`msgpack`). Stores never change or decode it. */
export type Encoded = string | Uint8Array

/** The bytes of an encoded value. Text becomes UTF-8. */
export function toBytes(encoded: Encoded): Uint8Array {
  return typeof encoded === 'string' ? Buffer.from(encoded) : encoded
}

/** Bytes as a Buffer, on the same memory. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
