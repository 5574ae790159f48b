import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { MsgpackSerializer } from 'pulsar-queue'
import { describe, expect, it, vi } from 'vitest'

const serializer = new MsgpackSerializer()
/** The first two bytes of a definition of a record, as msgpackr writes it. */
const DEFINITION = [0xd4, 0x72]
const values = Array.from({ length: 20 }, (_, i) => ({ a: i, 'a "b"': i }))

describe('MessagePack that defines records, from whose names msgpackr makes functions', () => {
  it.each([
    ['of few names', values],
    ['of so many names that they have numbers of two bytes', values.map((_, i) => ({ [`n${String(i)}`]: i, b: 1 }))],
    ['behind a bundle of texts', values],
  ])('is refused, and makes none: records %s', (kind, written) => {
    const bundles = kind.includes('bundle')
    const bytes = new Packr({ useRecords: true, bundleStrings: bundles, maxOwnStructures: 2_000 }).pack(written)
    const make = vi.spyOn(globalThis, 'Function')
    for (let i = 0; i < 10; i++) expect(() => serializer.decode(bytes)).toThrow('records of msgpackr are not read')
    expect(make).not.toHaveBeenCalled()
    make.mockRestore()
  })

  it('is told from values that contain the same bytes', () => {
    const part = fc.oneof(fc.uint8Array(), fc.constant(Uint8Array.from([...DEFINITION, 0x40, 0x91, 0xa1, 0x61, 1])))
    const bytes = fc.array(part).map((parts) => Uint8Array.from(parts.flatMap((each) => [...each])))
    const number = fc.constantFrom(0xd472, -0x2b8e, 0xd47200, 0xd5720000, 0x72d472d472, 1 / 3)
    const text = fc.string({ maxLength: 300, unit: 'binary' })
    const member = fc.oneof(bytes, number, text, fc.constant(null), fc.boolean(), fc.integer())
    const nested = fc.array(fc.oneof(member, fc.array(member, { maxLength: 20 }), fc.dictionary(text, member)))
    fc.assert(
      fc.property(nested, (list) => {
        const value = [...list, Buffer.from(DEFINITION)]
        const read = serializer.decode(serializer.encode(value) as Uint8Array) as unknown[]
        expect(read).toHaveLength(value.length)
      }),
    )
  })
})
