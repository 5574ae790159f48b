import { describe, expect, it } from 'vitest'
import { retryDelay } from '../../lib/execution/retry-delay.js'

describe('the wait before a retry', () => {
  const waits = (options: Parameters<typeof retryDelay>[0], meta?: Record<string, unknown>): (number | null)[] =>
    [1, 2, 3, 4].map((retry) => retryDelay(options, meta, retry, new Error('no')))

  it('is zero by default, else the retryDelay of the task or of its job', () => {
    expect(waits({})).toEqual([0, 0, 0, 0])
    expect(waits({ retryDelay: '2s' })).toEqual([2_000, 2_000, 2_000, 2_000])
    expect(waits({ retryDelay: '2s' }, { retryDelay: 0.5 })).toEqual([500, 500, 500, 500])
  })

  it('doubles with an exponential backoff, up to its maximum', () => {
    expect(waits({ retryDelay: 1, backoff: { type: 'exponential', max: '5s' } })).toEqual([1_000, 2_000, 4_000, 5_000])
    expect(retryDelay({ retryDelay: 1, backoff: { type: 'exponential' } }, undefined, 60, null)).toBe(3_600_000)
  })

  it('is nothing after any number of doublings of nothing', () => {
    expect(retryDelay({ backoff: { type: 'exponential' } }, undefined, 1_100, null)).toBe(0)
  })

  it('is shortened by up to its jitter', () => {
    for (const wait of waits({ retryDelay: 1, backoff: { type: 'fixed', jitter: 0.2 } })) {
      expect(wait).toBeGreaterThanOrEqual(800)
      expect(wait).toBeLessThanOrEqual(1_000)
    }
  })

  it("is the answer of the job's own backoff, which may give up", () => {
    expect(waits({ backoff: (retry) => (retry < 3 ? retry : null) })).toEqual([1_000, 2_000, null, null])
  })
})
