import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Backoff } from '../../lib/util/backoff.js'
import { fakeOwnTimers } from '../support/own-timers.js'

describe('a backoff', () => {
  beforeEach(() => {
    fakeOwnTimers(['performance'])
  })

  it('waits twice as long after each failure, at most the longest wait, each spread over its last quarter', () => {
    const backoff = new Backoff(100, 5_000)
    const bounds = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]
    for (const bound of bounds) {
      const wait = backoff.failed()
      expect(wait).toBeGreaterThanOrEqual(bound * 0.75)
      expect(wait).toBeLessThanOrEqual(bound)
    }
    for (let i = 0; i < 5_000; i++) expect(backoff.failed()).toBeLessThanOrEqual(5_000)
  })

  it('spreads the waits of many clients', () => {
    const waits = Array.from({ length: 200 }, () => new Backoff(10_000, 10_000).failed())
    expect(new Set(waits).size).toBeGreaterThan(100)
  })

  it('says how long to wait until the next attempt', () => {
    const backoff = new Backoff(100, 5_000)
    expect(backoff.left).toBe(0)
    const wait = backoff.failed()
    expect(backoff.left).toBe(wait)
    vi.advanceTimersByTime(wait - 1)
    expect(backoff.left).toBe(1)
    vi.advanceTimersByTime(1)
    expect(backoff.left).toBe(0)
    expect(backoff.failures).toBe(1)
  })

  it('starts anew after a success', () => {
    const backoff = new Backoff(100, 5_000)
    for (let i = 0; i < 10; i++) backoff.failed()
    backoff.succeeded()
    expect(backoff.left).toBe(0)
    expect(backoff.failed()).toBeLessThanOrEqual(100)
  })
})
