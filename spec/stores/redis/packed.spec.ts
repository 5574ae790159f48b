import { describe, expect, it } from 'vitest'
import { bufferOf, bytesOf, bytesOfBuffer, textOf } from '../../../lib/stores/redis/layout/bytes.js'
import { escaped, unescaped } from '../../../lib/stores/redis/layout/escaped.js'
import { pack, packBytes, PackedReader } from '../../../lib/stores/redis/layout/packed.js'
import { useFixture } from './fixture.js'

/** A text of each kind: each block of Unicode, each length of head. */
const TEXTS = [
  '',
  'plain',
  '\0\r\n$5\r\n',
  'é ß ÿ \u0080 \u00ff',
  '日本語 한국어 العربية',
  '🧵👩‍👩‍👧‍👦 \u{10ffff}',
  ...[31, 32, 255, 256, 65_535, 65_536, 1_000_000].map((length) => 'x'.repeat(length)),
  'ü'.repeat(128),
]

describe('a packed frame', () => {
  it('gives back every text, whatever its characters and its length', () => {
    const read = new PackedReader(pack(TEXTS.map(bytesOf))).readArray()
    expect(read.map(textOf)).toEqual(TEXTS)
  })

  it('gives back each code point, but for lone surrogates, of which UTF-8 has none', () => {
    for (let first = 0; first < 0x110000; first += 0x1000) {
      if (first >= 0xd800 && first < 0xe000) continue
      const text = Array.from({ length: 0x1000 }, (_, i) => String.fromCodePoint(first + i)).join('')
      const whole = first === 0xd000 ? text.slice(0, 0x800) : text
      expect(textOf(new PackedReader(packBytes(bytesOf(whole))).readBytes())).toBe(whole)
    }
    expect(textOf(bytesOf('a\ud800b'))).toBe('a\ufffdb')
  })

  it('gives back all bytes', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    expect(bufferOf(new PackedReader(packBytes(bytesOfBuffer(bytes))).readBytes()).equals(bytes)).toBe(true)
  })

  it.each([0, 1, 15, 16, 1_000, 65_535, 65_536, 70_000])('of %i strings has as many', (count) => {
    const strings = Array.from({ length: count }, (_, i) => bytesOf(String(i)))
    const reader = new PackedReader(pack(strings))
    expect(reader.readArray()).toEqual(strings)
    expect(reader.isAtEnd).toBe(true)
  })

  it('says what is wrong with bytes that are none', () => {
    expect(() => new PackedReader(bytesOf('x')).readBytes()).toThrow('expected a string in a frame, got the byte 120')
    expect(() => new PackedReader(bytesOf('x')).readCount()).toThrow('expected an array in a frame')
  })
})

describe('a packed frame and Lua', () => {
  const at = useFixture()

  it('read what the other wrote', async () => {
    const script = `local all = cmsgpack.unpack(ARGV[1]) return cmsgpack.pack(all, {}, {'a', false, 'b'})`
    const reply = await at.redis.callBuffer('EVAL', script, '0', bufferOf(pack(TEXTS.map(bytesOf))))
    const reader = new PackedReader(bytesOfBuffer(reply as Buffer))
    expect(reader.readArray().map(textOf)).toEqual(TEXTS)
    expect(reader.readArray()).toEqual([])
    expect(reader.readSparse()).toEqual(['a', null, 'b'])
  })
})

describe('an escaped text', () => {
  it.each(['plain', 'a,b;c:d e\nf\tg', '100%', '%002c', 'ü 日', '', '\u2028'])(
    'has no separator, and comes back: %j',
    (text) => {
      expect(escaped(text)).not.toMatch(/[,;:\s]/)
      expect(unescaped(escaped(text))).toBe(text)
    },
  )
})
