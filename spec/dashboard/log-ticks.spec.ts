import { describe, expect, it } from 'vitest'
import { LATENCY_BOUNDS, latencyBucket, latencyQuantile, latencyRange } from '../../src/model/latency-buckets.js'
import { logTicks, tickText } from '../../src/dashboard/ui/log-ticks.js'

describe('the ticks of a logarithmic axis', () => {
  it('are at 1, 2 and 5 where there are few powers of ten, and at these where there are many', () => {
    expect(logTicks(15, 120)).toEqual([20, 50, 100])
    expect(logTicks(0.5, 10)).toEqual([0.5, 1, 2, 5, 10])
    expect(logTicks(5_000, 104_000)).toEqual([5_000, 10_000, 20_000, 50_000, 100_000])
    expect(logTicks(3, 200_000)).toEqual([10, 100, 1_000, 10_000, 100_000])
  })

  it('are written in one unit, short enough for the room beside the axis', () => {
    expect([0.5, 1, 500, 1_000, 5_000].map(tickText)).toEqual(['0.5 ms', '1 ms', '500 ms', '1 s', '5 s'])
    expect([20_000, 100_000, 1_000_000].map(tickText)).toEqual(['20 s', '100 s', '1,000 s'])
    for (const tick of logTicks(0.5, 7_200_000)) expect(tickText(tick).length).toBeLessThanOrEqual(10)
  })
})

describe('a percentile', () => {
  it('is told by the bound of its bucket', () => {
    for (const [ms, bound] of [
      [20_000, 20_000],
      [20_001, 50_000],
      [3, 5],
      [0, 1],
    ] as const) {
      const buckets = LATENCY_BOUNDS.map(() => 0)
      buckets[latencyBucket(ms)] = 7
      for (const part of [0.5, 0.95, 0.99]) {
        expect(latencyRange(latencyQuantile(buckets, part) ?? -1)).toEqual({ is: 'at most', ms: bound })
      }
    }
  })

  it('of what may have taken longer than an hour is told by what it was over', () => {
    const buckets = [...LATENCY_BOUNDS.map(() => 0), 1]
    expect(latencyRange(latencyQuantile(buckets, 0.5) ?? -1)).toEqual({ is: 'over', ms: 1_000_000 })
  })
})
