import type { Bytes } from './bytes.js'

/**
 * Frames: MessagePack, of byte strings and of arrays of them only, written and read by hand. In Lua one call of `cmsgpack`
 * writes or reads a whole frame. A reply that is one frame costs a client far less than one of many bulks.
 */

/** Heads of strings below 256 bytes. */
const SHORT = Array.from({ length: 256 }, (_, n) =>
  n < 32 ? String.fromCharCode(0xa0 | n) : String.fromCharCode(0xd9, n),
)

/** Head of an array, which its elements follow. */
export function packCount(count: number): Bytes {
  if (count < 16) return String.fromCharCode(0x90 | count) as Bytes
  const low = String.fromCharCode((count >> 8) & 0xff, count & 0xff)
  return (count < 65_536 ? `\xdc${low}` : String.fromCharCode(0xdd, count >>> 24, (count >>> 16) & 0xff) + low) as Bytes
}

export function packBytes(value: Bytes): Bytes {
  return (packLength(value.length) + value) as Bytes
}

/** Head of a byte string, which its bytes follow. */
export function packLength(n: number): Bytes {
  if (n < 256) return (SHORT[n] ?? '') as Bytes
  const head = n < 65_536 ? '\xda' : String.fromCharCode(0xdb, n >>> 24, (n >>> 16) & 0xff)
  return (head + String.fromCharCode((n >>> 8) & 0xff, n & 0xff)) as Bytes
}

/** An array of byte strings. */
export function pack(values: readonly Bytes[]): Bytes {
  let packed: string = packCount(values.length)
  for (const value of values) packed += packBytes(value)
  return packed as Bytes
}

/** Reads frames that Lua's `cmsgpack` or {@link pack} wrote. */
export class PackedReader {
  /** Where the next value begins. */
  at = 0

  /** @param apart - what comes by itself, behind the frames */
  constructor(
    readonly bytes: Bytes,
    readonly apart: readonly (Bytes | null)[] = [],
  ) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length
  }

  /** The next byte string; null for `false` or `nil`. */
  read(): Bytes | null {
    const length = this.#length()
    if (length < 0) return null
    const from = this.at
    this.at = from + length
    return this.bytes.substring(from, this.at) as Bytes
  }

  /** The next byte string, which is one. */
  readBytes(): Bytes {
    const value = this.read()
    if (value === null) throw new Error('expected a string in a frame, got nothing')
    return value
  }

  /** Number of elements of the array that begins here; 0 for `false` or `nil`. */
  readCount(): number {
    const head = this.#byte()
    if ((head & 0xf0) === 0x90) return head & 0x0f
    if (head === 0xdc) return this.#number(2)
    if (head === 0xdd) return this.#number(4)
    // Lua does not know an empty array from an empty map.
    if (head === 0x80 || head === 0xc0 || head === 0xc2) return 0
    throw new Error(`expected an array in a frame, got the byte ${String(head)}`)
  }

  readArray(): Bytes[] {
    const values = new Array<Bytes>(this.readCount())
    for (let i = 0; i < values.length; i += 1) values[i] = this.readBytes()
    return values
  }

  /** Like {@link readArray}, with null for each `false` or `nil`. */
  readSparse(): (Bytes | null)[] {
    const values = new Array<Bytes | null>(this.readCount())
    for (let i = 0; i < values.length; i += 1) values[i] = this.read()
    return values
  }

  /** -1: nothing. */
  #length(): number {
    const head = this.#byte()
    if ((head & 0xe0) === 0xa0) return head & 0x1f
    if (head === 0xd9) return this.#byte()
    if (head === 0xda) return this.#number(2)
    if (head === 0xdb) return this.#number(4)
    if (head === 0xc0 || head === 0xc2) return -1
    throw new Error(`expected a string in a frame, got the byte ${String(head)}`)
  }

  #byte(): number {
    return this.bytes.charCodeAt(this.at++)
  }

  #number(size: number): number {
    let number = 0
    for (let i = 0; i < size; i++) number = number * 256 + this.#byte()
    return number
  }
}
