import { describe, expect, it } from 'vitest'
import { LATENCY_BOUNDS, LATENCY_BUCKETS, latencyBucket, latencyQuantile } from '../../lib/model/latency-buckets.js'
import { noCounts, readCounts, sumOfCounts, writeCounts } from '../../lib/model/run-counts.js'

/** Numbers of a seed, from 0 to 1. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

const histogram = (times: readonly number[]): number[] => {
  const buckets = new Array<number>(LATENCY_BUCKETS).fill(0)
  for (const ms of times) buckets[latencyBucket(ms)] = (buckets[latencyBucket(ms)] ?? 0) + 1
  return buckets
}

/** The value that a part of all did not exceed. */
const quantileOf = (times: readonly number[], part: number): number =>
  [...times].sort((a, b) => a - b)[Math.max(0, Math.ceil(part * times.length) - 1)] ?? NaN

describe('the buckets of histograms', () => {
  it('go from a millisecond to an hour, by 1, 2 and 5', () => {
    expect(LATENCY_BOUNDS).toHaveLength(20)
    expect(LATENCY_BOUNDS.slice(0, 4)).toEqual([1, 2, 5, 10])
    expect(LATENCY_BOUNDS.slice(-2)).toEqual([1_000_000, 3_600_000])
  })

  it('hold what is not above their bound, and above the one before', () => {
    expect([-5, 0, 0.2, 1].map(latencyBucket)).toEqual([0, 0, 0, 0])
    for (const [index, bound] of LATENCY_BOUNDS.entries()) {
      expect([latencyBucket(bound), latencyBucket(bound + 0.5), latencyBucket(bound + 1)]).toEqual([
        index,
        index + 1,
        index + 1,
      ])
    }
    expect(latencyBucket(Infinity)).toBe(20)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'give quantiles within the bucket of the true one, merged from any number of parts (seed %i)',
    (seed) => {
      const next = random(seed)
      const parts = Array.from({ length: 1 + Math.floor(next() * 20) }, () =>
        // From below a millisecond to some hours, as many in each decade.
        Array.from({ length: Math.floor(next() * 200) }, () => 10 ** (next() * 8 - 1)),
      )
      const all = parts.flat()
      const merged = sumOfCounts(
        parts.map((times) => readCounts(writeCounts({ ...noCounts(), run: histogram(times) }))),
      )
      expect(merged.run).toEqual(histogram(all))
      for (const part of [0.5, 0.95, 0.99, 1]) {
        const found = latencyQuantile(merged.run, part) ?? NaN
        const index = latencyBucket(quantileOf(all, part))
        expect(found).toBeGreaterThanOrEqual(LATENCY_BOUNDS[index - 1] ?? 0)
        expect(found).toBeLessThanOrEqual(LATENCY_BOUNDS[index] ?? Infinity)
      }
    },
  )

  it('know no quantile of nothing', () => {
    expect(latencyQuantile(noCounts().run, 0.95)).toBeNull()
  })
})
