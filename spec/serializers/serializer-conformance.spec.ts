import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { Serializer } from 'pulsar-queue'
import { JsonSerializer, MsgpackSerializer, SerializationError } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'

const bytesOf = (serializer: Serializer, value: object): Uint8Array => {
  const encoded = serializer.encode(value)
  return typeof encoded === 'string' ? Buffer.from(encoded) : Uint8Array.from(encoded)
}

/** Every kind of value that can be serialized: those of JSON, and those that JSON cannot express. */
const carried = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(
      null,
      undefined,
      true,
      false,
      NaN,
      Infinity,
      -Infinity,
      -0,
      0,
      2 ** 53,
      -(2 ** 31),
      1.5e300,
    ),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 6 }),
        fc.constantFrom('$date', '$map', '$', '__proto__', 'toString'),
      ),
      tie('value'),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
  ),
})).value

const serializers: [string, Serializer, Serializer][] = [
  ['json', new JsonSerializer(), new MsgpackSerializer()],
  ['msgpack', new MsgpackSerializer(), new JsonSerializer()],
]

describe.each(serializers)('the %s serializer', (name, serializer, other) => {
  it('refuses a list of holes, and objects that share others, without a walk of hours', () => {
    const holes: unknown[] = []
    holes.length = 4e9
    let shared: object = {}
    for (let i = 0; i < 60; i++) shared = { left: shared, right: shared }
    let flat: unknown = 1
    for (let i = 0; i < 7; i++) flat = Array.from({ length: 60 }, () => flat)
    for (const value of [holes, new Map([[1, holes]]), shared, flat])
      expect(() => serializer.encode({ value })).toThrow(/makes more than 10,000,000 values in all/)
  })

  it('has its name', () => {
    expect(serializer.name).toBe(name)
  })

  it('restores every value, and reads the output of the other serializer', () => {
    fc.assert(
      fc.property(carried, (value) => {
        const bytes = bytesOf(serializer, { value })
        expect(serializer.decode(bytes)).toStrictEqual({ value })
        expect(other.decode(bytes)).toStrictEqual({ value })
      }),
      { numRuns: 1_000 },
    )
  })

  it('restores text of a megabyte, undefined members, sparse lists and keys that look like tags', () => {
    const value = {
      text: 'ä'.repeat(512 * 1024),
      nothing: undefined,
      list: [1, undefined, 3],
      tag: { $date: 5 },
      tags: { $date: 1, $map: [] },
      nested: { $object: { $date: new Date(5) } },
      bytes: Buffer.from([0, 255]),
      bare: Object.assign(Object.create(null) as object, { a: 1 }),
    }
    const read = serializer.decode(bytesOf(serializer, value)) as Record<string, unknown>
    expect(read).toEqual({ ...value, bytes: new Uint8Array([0, 255]), bare: { a: 1 } })
    expect('nothing' in read).toBe(true)
    // eslint-disable-next-line no-sparse-arrays -- the hole is what is shown
    expect(serializer.decode(bytesOf(serializer, [1, , 3]))).toEqual([1, undefined, 3])
  })

  it('keeps __proto__ an ordinary member, and changes no prototype', () => {
    const value = JSON.parse('{"a":{"__proto__":{"polluted":true}}}') as { a: object }
    const read = serializer.decode(bytesOf(serializer, value)) as { a: object }
    expect(Object.keys(read.a)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(read.a)).toBe(Object.prototype)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('writes a value that is referenced twice, and does not change its input', () => {
    const shared = { at: new Date(1) }
    const value = { a: shared, b: shared }
    const frozen = Object.freeze(value)
    expect(serializer.decode(bytesOf(serializer, frozen))).toEqual({ a: shared, b: shared })
  })

  class Money {
    constructor(readonly amount: number) {}
  }
  const cycle: Record<string, unknown> = { list: [] }
  ;(cycle['list'] as unknown[]).push({ back: cycle })
  let deep: unknown = 1
  for (let i = 0; i < 5_000; i++) deep = [deep]

  it.each<[string, object, string]>([
    ['a function', { items: [1, { callback: () => 1 }] }, 'items[1].callback'],
    ['a symbol', { 'odd key': { s: Symbol('s') } }, '["odd key"].s'],
    ['a cycle', cycle, 'list[0].back'],
    ['an instance of a class', { price: new Money(1) }, 'price'],
    ['a date that is none', { when: new Date(NaN) }, 'when'],
    ['a typed array other than bytes', { floats: new Float64Array(1) }, 'floats'],
    ['a promise', { later: Promise.resolve(1) }, 'later'],
    ['what only inherits from a date', { when: Object.create(Date.prototype) as unknown }, 'when'],
    ['a boxed string', { text: Object('x') as unknown }, 'text'],
    ['a member named by a symbol', { box: { [Symbol('s')]: 1 } }, 'box'],
    ['a function in a map', { prices: new Map([['EUR', { of: () => 1 }]]) }, 'prices<"EUR">.of'],
    ['a function as the key of a map', { prices: new Map([[() => 1, 1]]) }, 'prices[0]'],
    ['a function in a set', { all: new Set([1, () => 1]) }, 'all[1]'],
  ])('refuses %s with the path to it', (_what, value, path) => {
    expect(() => serializer.encode(value)).toThrow(SerializationError)
    expect(() => serializer.encode(value)).toThrow(expect.objectContaining({ code: 'PQ_SERIALIZATION', path }))
  })

  it("writes objects of another realm, such as a test runner's", () => {
    const foreign: unknown = runInNewContext(
      '({ list: [{ at: new Date(5) }], map: new Map([[1, new Set([2])]]), bytes: new Uint8Array([1, 2]) })',
    )
    expect(serializer.decode(bytesOf(serializer, foreign as object))).toStrictEqual({
      list: [{ at: new Date(5) }],
      map: new Map([[1, new Set([2])]]),
      bytes: new Uint8Array([1, 2]),
    })
  })

  it('writes five hundred levels of nesting, and refuses a cycle through a map', () => {
    let nested: unknown = new Date(0)
    for (let i = 0; i < 498; i++) nested = { nested }
    expect(serializer.decode(bytesOf(serializer, { nested }))).toStrictEqual({ nested })
    const map = new Map<string, unknown>()
    map.set('self', { map })
    expect(() => serializer.encode({ map })).toThrow('map<"self">.map is an instance of Map, which contains itself')
  })

  it('refuses deeper nesting without running out of stack', () => {
    expect(() => serializer.encode({ deep })).toThrow(/nested deeper than/)
  })

  it('refuses a getter that throws, at once or later, and says why', () => {
    // So long that it is looked at before it is written.
    const long = 'x'.repeat(100)
    const throwing = (allowed: number): object => ({
      items: [
        {
          long,
          get price() {
            if (allowed-- > 0) return 1
            throw new Error('no price')
          },
        },
      ],
    })
    const refused = (value: object): unknown => {
      try {
        return serializer.encode(value)
      } catch (error) {
        return error
      }
    }
    const atOnce = refused(throwing(0))
    expect(atOnce).toBeInstanceOf(SerializationError)
    expect(String(atOnce)).toContain('items[0].price is a getter, which throws: no price')
    const later = refused(throwing(1))
    expect(later).toBeInstanceOf(SerializationError)
    expect(String(later)).toContain('no price')
  })

  it('writes a value whose getter serializes another one', () => {
    const inner = {
      get x() {
        serializer.encode({ inner: 'text' })
        return 1
      },
    }
    expect(serializer.decode(bytesOf(serializer, { inner, z: 2 }))).toEqual({ inner: { x: 1 }, z: 2 })
  })

  it('refuses bytes that no serializer wrote', () => {
    const whole = bytesOf(serializer, { text: 'some text', list: [1, 2, 3], when: new Date(0) })
    const refused = (bytes: Uint8Array): void => {
      try {
        serializer.decode(bytes)
      } catch (error) {
        expect(error).toMatchObject({ code: 'PQ_DESERIALIZATION' })
        return
      }
      // Spoiled bytes may still decode to some value. An error must be one of the package.
    }
    for (let length = 0; length < whole.length; length++) refused(whole.subarray(0, length))
    expect(() => serializer.decode(whole.subarray(0, whole.length - 1))).toThrow(
      expect.objectContaining({ code: 'PQ_DESERIALIZATION' }),
    )
    expect(() => serializer.decode(new Uint8Array())).toThrow(expect.objectContaining({ code: 'PQ_DESERIALIZATION' }))
    expect(() => serializer.decode(Buffer.from('{"$unknown":1}'))).toThrow(/expected a tag/)
    for (const spoiled of [
      '{"$bytes":5000000000}',
      '{"$date":"x"}',
      '{"$number":"x"}',
      '{"$bigint":1.5}',
      '{"$string":5}',
      '{"$map":[5]}',
      '{"$set":{}}',
      '{"$object":5}',
      '{"$entries":5}',
    ]) {
      expect(() => serializer.decode(Buffer.from(spoiled))).toThrow(
        expect.objectContaining({ code: 'PQ_DESERIALIZATION' }),
      )
    }
    const endless = [Buffer.alloc(100_000, 0x91), Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff, 1])]
    for (const bytes of [...endless, Buffer.from(`{"$set":${'['.repeat(1e5)}${']'.repeat(1e5)}}`)]) {
      expect(() => serializer.decode(bytes)).toThrow(expect.objectContaining({ code: 'PQ_DESERIALIZATION' }))
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), refused), { numRuns: 500 })
  })
})

describe('the json serializer', () => {
  it('writes plain JSON where the value is plain', () => {
    expect(new JsonSerializer().encode({ a: 4, text: 'ä', list: [null, true] })).toBe(
      '{"a":4,"text":"ä","list":[null,true]}',
    )
  })
})
