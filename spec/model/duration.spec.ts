import fc from 'fast-check'
import type { Duration } from 'pulsar-queue'
import { InvalidDurationError } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { toMilliseconds } from '../../lib/model/duration.js'

describe('a duration', () => {
  it('is a number of seconds, or a string with its unit', () => {
    const given: Duration[] = [0, 2, 0.25, '250ms', '2s', '5m', '1h', '7d', '1.5s', '0ms']
    expect(given.map((duration) => toMilliseconds(duration, 'delay'))).toEqual([
      0, 2_000, 250, 250, 2_000, 300_000, 3_600_000, 604_800_000, 1_500, 0,
    ])
  })

  it('is whole milliseconds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        const milliseconds = toMilliseconds(seconds, 'delay')
        expect(Number.isInteger(milliseconds)).toBe(true)
        expect(Math.abs(milliseconds - seconds * 1_000)).toBeLessThanOrEqual(0.5)
      }),
    )
  })

  it('is at most 100 years', () => {
    expect(toMilliseconds('36525d', 'delay')).toBe(3_155_760_000_000)
    for (const given of ['36526d', 1e13, Number.MAX_VALUE] as const) {
      expect(() => toMilliseconds(given, 'delay')).toThrow(InvalidDurationError)
    }
    expect(() => toMilliseconds('36526d', 'delay')).toThrow('expected delay to be at most 100 years, got "36526d"')
    expect(() => toMilliseconds(-1, 'delay')).toThrow('expected delay to be 0 or more, got -1')
  })

  it.each<[unknown, string]>([
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    ['2', '"2"'],
    ['', '""'],
    ['-2s', '"-2s"'],
    ['2 s', '"2 s"'],
    ['2S', '"2S"'],
    ['1e3s', '"1e3s"'],
    ['s', '"s"'],
    ['2 weeks', '"2 weeks"'],
    [null, 'null'],
    [undefined, 'undefined'],
    [true, 'true'],
    [new Date(0), 'an instance of Date'],
  ])('is not %j', (given, shown) => {
    const read = (): number => toMilliseconds(given as Duration, 'retryDelay')
    expect(read).toThrow(InvalidDurationError)
    expect(read).toThrow(
      `expected retryDelay to be a number of seconds or a string such as '250ms', '2s', '5m', '1h' or '7d', got ${shown}`,
    )
    expect(read).toThrow(
      expect.objectContaining({ code: 'PQ_INVALID_DURATION', option: 'retryDelay', received: shown }),
    )
  })
})
