import type { Encoded } from '../../../model/encoded.js'
import { toBuffer } from '../../../model/encoded.js'

declare const brand: unique symbol

/**
 * Bytes as a string: each character is one byte (latin1). Concatenating and cutting such strings is many times faster than the
 * same with Buffers. It must be written to the server as latin1: as UTF-8 each byte above 127 would become two.
 */
export type Bytes = string & { readonly [brand]: true }

export const NONE = '' as Bytes

/** Whether all characters are ASCII. Any other one has more bytes as UTF-8; a regular expression takes five times as long to find one. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** The UTF-8 bytes of a text. A lone surrogate becomes U+FFFD. */
export function bytesOf(text: string): Bytes {
  return (isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')) as Bytes
}

/** The text of UTF-8 bytes. */
export function textOf(bytes: Bytes): string {
  return isAscii(bytes) ? bytes : bufferOf(bytes).toString('utf8')
}

/** The bytes of an encoded value. */
export function bytesOfEncoded(value: Encoded): Bytes {
  return typeof value === 'string' ? bytesOf(value) : (toBuffer(value).toString('latin1') as Bytes)
}

/** An encoded value from its bytes. Text of ASCII characters alone is what it says: no Buffer is made of it. */
export function encodedOf(bytes: Bytes): Encoded {
  return isAscii(bytes) ? bytes : bufferOf(bytes)
}

/** A message or a reply of the server. */
export function bytesOfBuffer(buffer: Buffer): Bytes {
  return buffer.toString('latin1') as Bytes
}

export function bufferOf(bytes: Bytes): Buffer {
  return Buffer.from(bytes, 'latin1')
}

/** Those of all pieces, one after the other. To join long strings first would copy each of them once more. */
export function bufferOfAll(pieces: readonly Bytes[]): Buffer {
  const buffer = Buffer.allocUnsafe(pieces.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const piece of pieces) end += buffer.write(piece, end, 'latin1')
  return buffer
}

/** The same bytes as one string. One that was put together is a tree of its parts, which each use of it would walk through. */
export function inOnePiece(text: string): Bytes {
  return bytesOfBuffer(bufferOf(text as Bytes))
}

/** Concatenates bytes. ASCII texts among them must be literals or numbers. */
export function join(parts: readonly Bytes[], separator: ',' | ' ' | '' = ''): Bytes {
  return parts.join(separator) as Bytes
}
