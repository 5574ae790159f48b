import type { Random } from '../random.js'

const nested = (depth: number): unknown => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth)) as unknown

/** What a hostile or careless caller may pass as an argument. */
const VALUES: readonly [() => unknown, ...(() => unknown)[]] = [
  () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as unknown,
  () => ({ then: 'no promise', toJSON: 'no function', $: ['$date', 1], length: -1 }),
  () => nested(500),
  () => nested(5_000),
  () => 'a\0b\n\r\t\u2028\u{1f600}',
  () => '\ud800 and \udfff',
  () => 'x'.repeat(300_000),
  () => 'ü'.repeat(2_000_000),
  () => Array.from({ length: 50_000 }, (_, i) => i),
  () => [NaN, Infinity, -0, 1e308, 2 ** 53 + 1],
  () => new Date(NaN),
  () => 12345678901234567890n,
  () => () => 'a function',
  () => Symbol('a symbol'),
  () => {
    const value: Record<string, unknown> = {}
    return Object.assign(value, { itself: value })
  },
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => Reflect.ownKeys({ trap: 1 }),
        get: () => {
          throw new Error('a trap')
        },
      },
    ),
  () => ({
    get member() {
      throw new Error('a getter')
    },
  }),
  () => Object.create(null) as unknown,
  () => undefined,
  () => "'; DROP TABLE task; --",
  () => '\r\n$5\r\nHELLO\r\n*1\r\n',
  () => new Uint8Array([0, 255, 254, 128]),
]

/** How many there are. */
export const HOSTILE_VALUES = VALUES.length
let next: number | null = null

/** One after the other, from any of them on. */
export function hostileValue(random: Random): unknown {
  next ??= random.between(0, VALUES.length - 1)
  return VALUES[next++ % VALUES.length]?.()
}
