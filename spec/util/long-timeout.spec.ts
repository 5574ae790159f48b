import { beforeEach, describe, expect, it, vi } from 'vitest'
import { longTimeout } from '../../lib/util/long-timeout.js'
import { fakeOwnTimers } from '../support/own-timers.js'

const DAY = 86_400_000

describe('a long timeout', () => {
  let fired: number

  beforeEach(() => {
    fakeOwnTimers(['setTimeout', 'clearTimeout', 'performance'])
    fired = 0
  })

  const act = (): void => {
    fired += 1
  }

  it.each([1, 1_000, 24 * DAY, 25 * DAY, 90 * DAY, 36_525 * DAY])('fires once, after %i ms', (ms) => {
    longTimeout(act, ms)
    vi.advanceTimersByTime(ms - 1)
    expect(fired).toBe(0)
    vi.advanceTimersByTime(1)
    expect(fired).toBe(1)
    vi.advanceTimersByTime(60 * DAY)
    expect(fired).toBe(1)
  })

  it('can be stopped at any time', () => {
    const timer = longTimeout(act, 90 * DAY)
    vi.advanceTimersByTime(60 * DAY)
    timer.clear()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(60 * DAY)
    expect(fired).toBe(0)
  })
})
