import type { QueueOverview } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { drainReason, drainText, timeToDrain } from '../../src/dashboard/ui/drain.js'

const queue = (
  ready: number,
  rates: readonly [queued: number, ended: number] | null,
  error?: string,
): QueueOverview => ({
  ...{ name: 'mail', paused: false, ready, delayed: 0, held: 0, failed: 0, oldestReady: null, byPriority: [] },
  ...{ nextDueIn: null, workers: 1, slots: 1, free: 1, suspects: 0 },
  stats: { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 },
  rates: rates && { queued: rates[0], ended: rates[1], failed: 0 },
  ...(error !== undefined && { error }),
})

describe('the time to drain a queue', () => {
  it.each([
    [queue(240, [1, 3]), '2 min', 'The ready tasks, divided by the rate out less the rate in: 240 / (3/s − 1/s)'],
    [queue(1, [0, 100]), '1 s', 'The ready tasks, divided by the rate out less the rate in: 1 / (100/s − 0)'],
    [queue(90, [0, 0.025]), '1 h', 'The ready tasks, divided by the rate out less the rate in: 90 / (1.5/min − 0)'],
    [queue(1_000_000, [1, 1.001]), 'over a year', undefined],
    [queue(5, [2, 2]), 'never at this rate', undefined],
    [queue(5, [3, 2]), 'never at this rate', undefined],
    [queue(5, [0, 0]), 'never at this rate', undefined],
    [queue(0, [3, 2]), '–', 'No task waits'],
    [queue(5, null), '–', 'No rate is known yet'],
    [queue(0, null, 'another type'), '–', 'The queue cannot be read'],
  ])('is told in words: %#', (of, text, reason) => {
    expect(drainText(of)).toBe(text)
    if (reason !== undefined) expect(drainReason(of)).toBe(reason)
  })

  it('sorts what never drains behind all others, and what is unknown before them', () => {
    const all = [queue(5, [3, 2]), queue(0, [3, 2]), queue(4, [0, 2])]
    expect(all.map(timeToDrain)).toEqual([Infinity, null, 2_000])
  })
})
