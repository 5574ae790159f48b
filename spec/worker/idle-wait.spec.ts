import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { timers } from '../../lib/util/timers.js'
import { IdleWait } from '../../lib/worker/idle-wait.js'

describe('the wait of an idle worker', () => {
  let now: number
  let timer: { readonly at: number; readonly act: () => void } | null
  /** Number of timers that were set. */
  let set: number

  beforeEach(() => {
    now = 1_000
    timer = null
    set = 0
    vi.spyOn(timers, 'now').mockImplementation(() => now)
    vi.spyOn(timers, 'setTimeout').mockImplementation((act, ms) => {
      set += 1
      timer = { at: now + ms, act }
      return {} as NodeJS.Timeout
    })
    vi.spyOn(timers, 'clearTimeout').mockImplementation(() => {
      timer = null
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** Lets the time go by until the wait is over. @returns how long that took, ms */
  const over = (wait: IdleWait): number => {
    const since = now
    let isOver = false
    ends.set(wait, () => (isOver = true))
    while (timer !== null) {
      const { at, act } = timer
      timer = null
      now = at
      act()
    }
    expect(isOver).toBe(true)
    return now - since
  }
  const ends = new Map<IdleWait, () => void>()
  const waitOf = (first: number): IdleWait => {
    const wait: IdleWait = new IdleWait(first, () => ends.get(wait)?.())
    return wait
  }

  const waitsOf = (first: number, ...idle: number[]): number[] => {
    const wait = waitOf(first)
    return idle.map((each) => {
      wait.begin(null, each)
      return over(wait)
    })
  }

  it('doubles while nothing is found, up to ten seconds, and starts anew when something was', () => {
    const wait = waitOf(2_000)
    const waits = Array.from({ length: 6 }, (_, i) => {
      if (i === 5) wait.reset()
      wait.begin(null, 1)
      return over(wait)
    })
    expect(waits).toEqual([2_000, 4_000, 8_000, 10_000, 10_000, 2_000])
  })

  it('is a second at least for each 200 idle workers', () => {
    expect(waitsOf(2_000, 100, 1_000, 10_000, 10_000, 10)).toEqual([2_000, 5_000, 50_000, 50_000, 50_000])
  })

  it('is as long as the setting, where that is longer', () => {
    expect(waitsOf(60_000, 1, 1_000, 1)).toEqual([60_000, 60_000, 60_000])
  })

  it('ends when the next delayed task is due, also where a longer one was under way', () => {
    const wait = waitOf(2_000)
    wait.begin(30, 10_000)
    expect(over(wait)).toBe(30)
    wait.reset()
    wait.begin(null, 1)
    wait.begin(40, 1)
    expect(over(wait)).toBe(40)
  })

  it('begins anew with each task of a queue that is nearly empty, for which no timer is set', () => {
    const wait = waitOf(2_000)
    for (let i = 0; i < 1_000; i += 1) {
      wait.reset()
      wait.begin(null, 1)
      now += 1
    }
    expect(set).toBe(1)
    expect(over(wait)).toBe(1_999)
  })

  it('ends no more once it was cleared', () => {
    const wait = waitOf(2_000)
    wait.begin(null, 1)
    wait.clear()
    expect(timer).toBeNull()
    wait.begin(null, 1)
    expect(over(wait)).toBe(4_000)
  })
})
