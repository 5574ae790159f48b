import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inspect } from '../../lib/serializers/inspect-value.js'
import { smallJson, smallMember } from '../../lib/serializers/plain-json.js'

const odd: unknown[] = [undefined, NaN, Infinity, -0, 1n, Symbol('s'), () => 1, new Date(0), new Map(), /x/]
const names = fc.oneof(fc.string({ maxLength: 70 }), fc.constantFrom('$date', '__proto__', 'toString', 'toJSON', '0'))
const texts = fc.oneof(
  fc.string({ maxLength: 70 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.constantFrom('"', '\\', '\n', '\u007f', 'é', '\ud800', '\u2028'),
)
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    texts,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom(...odd),
    fc.array(tie('value'), { maxLength: 8 }),
    fc.dictionary(names, tie('value'), { maxKeys: 8 }),
  ),
})).value

it('writes what JSON.stringify writes, or nothing', () => {
  let written = 0
  fc.assert(
    fc.property(anything, (value) => {
      const text = smallJson(value)
      if (text === null) return
      written += 1
      expect(text).toBe(JSON.stringify(value))
      expect(inspect(value)).toBe(false)
    }),
    { numRuns: 3_000 },
  )
  expect(written).toBeGreaterThan(500)
})

it('writes an object of ours as a member of another one, or nothing', () => {
  let written = 0
  fc.assert(
    fc.property(fc.dictionary(names, anything, { maxKeys: 4, noNullPrototype: true }), (value) => {
      const text = smallMember('a', value)
      expect(text).toBe(smallJson({ a: value }))
      if (text !== null) written += 1
    }),
    { numRuns: 1_000 },
  )
  expect(written).toBeGreaterThan(200)
})

it.each([
  [{}],
  [{ a: 4, b: 6 }],
  [{ to: 'ada@example.org', cc: [], urgent: false, after: null }],
  [{ point: { x: -1.5, y: 1e21 }, tags: ['a', 'b'] }],
  [[[[1]]]],
])('writes %j itself', (value) => {
  expect(smallJson(value)).toBe(JSON.stringify(value))
})

it.each<[string, object]>([
  ['a list with a hole', [1, , 2]], // eslint-disable-line no-sparse-arrays -- It is what is tested.
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
  ['an object with a member named by a symbol', { a: 1, [Symbol('s')]: 2 }],
  ['an instance of a class', new (class A {})()],
  ['a list of a class of its own', new (class List extends Array<number> {})()],
  ['a member that starts with $', { $date: 'x' }],
  ['seventeen values', Array.from({ length: 16 }, () => 1)],
  ['five levels', [[[[[]]]]]],
  ['a long text', { a: 'x'.repeat(65) }],
  ['a long name', { ['x'.repeat(65)]: 1 }],
  ['an object that contains itself', circular()],
])('leaves %s to the serializer', (_, value) => {
  expect(smallJson(value)).toBeNull()
})

it('leaves a value whose getter throws to the serializer', () => {
  const value = {
    get a(): number {
      throw new Error('no')
    },
  }
  expect(smallJson(value)).toBeNull()
})

function circular(): object {
  const value: { self?: object } = {}
  value.self = value
  return value
}
