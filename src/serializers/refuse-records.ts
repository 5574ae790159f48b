import { toBuffer } from '../model/encoded.js'

/** Type of msgpackr's definitions of records: it makes a function of the names in one, from a text. */
const RECORD = 0x72
/** Type of msgpackr's bundles, behind which a value may stand anywhere. */
const BUNDLE = 0x62
const [FIXEXT1, FIXEXT2] = [0xd4, 0xd5]
const DEFINITIONS = [Buffer.of(FIXEXT1, RECORD), Buffer.of(FIXEXT2, RECORD)]

/** Bytes behind a token of MessagePack from 0xc0 to 0xdf that are no values: those of its number, then those that the number counts. */
const NUMBERS = [0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4]
/** Bytes of an extension of a fixed length, from 0xd4 to 0xd8. */
const FIXED = [1, 2, 4, 8, 16]

/**
 * Refuses MessagePack that defines records, which msgpackr reads whatever its options say. Nothing here writes them, and no code is to be made of
 * what others have written.
 */
export function refuseRecords(bytes: Uint8Array): void {
  const buffer = toBuffer(bytes)
  // The same two bytes may also stand in a number, or in bytes: only then all tokens are looked at.
  if (!DEFINITIONS.some((definition) => buffer.includes(definition))) return
  for (let at = 0; at < buffer.length;) at = behind(buffer, at)
}

/** @returns where the token behind that at a place begins */
function behind(buffer: Buffer, at: number): number {
  const token = buffer[at] ?? 0
  if (token >= 0xa0 && token < 0xc0) return at + 1 + (token & 0x1f)
  if (token < 0xc0 || token >= 0xe0) return at + 1
  const size = NUMBERS[token - 0xc0] ?? 0
  if (at + 1 + size > buffer.length) return buffer.length
  const isLength = (token >= 0xc4 && token <= 0xc9) || (token >= 0xd9 && token <= 0xdb)
  const length = isLength ? buffer.readUIntBE(at + 1, size) : 0
  const isExtension = (token >= 0xc7 && token <= 0xc9) || (token >= FIXEXT1 && token <= 0xd8)
  if (!isExtension) return at + 1 + size + length
  const type = buffer[at + 1 + size]
  if (type === RECORD || type === BUNDLE) throw new Error('records of msgpackr are not read')
  return at + 2 + size + (isLength ? length : (FIXED[token - FIXEXT1] ?? 0))
}
