import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { timers } from '../../lib/util/timers.js'
import { IdleWait } from '../../lib/worker/idle-wait.js'

describe('the wait of an idle worker', () => {
  let waits: number[]

  beforeEach(() => {
    waits = []
    vi.spyOn(timers, 'setTimeout').mockImplementation((_, ms) => {
      waits.push(ms)
      return {} as NodeJS.Timeout
    })
    vi.spyOn(timers, 'clearTimeout').mockImplementation(() => undefined)
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const waitsOf = (first: number, ...idle: number[]): number[] => {
    const wait = new IdleWait(first, () => undefined)
    for (const each of idle) wait.begin(null, each)
    return waits
  }

  it('doubles while nothing is found, up to ten seconds, and starts anew when something was', () => {
    const wait = new IdleWait(2_000, () => undefined)
    for (let i = 0; i < 5; i += 1) wait.begin(null, 1)
    wait.reset()
    wait.begin(null, 1)
    expect(waits).toEqual([2_000, 4_000, 8_000, 10_000, 10_000, 2_000])
  })

  it('is a second at least for each 200 idle workers', () => {
    expect(waitsOf(2_000, 100, 1_000, 10_000, 10_000, 10)).toEqual([2_000, 5_000, 50_000, 50_000, 50_000])
  })

  it('is as long as the setting, where that is longer', () => {
    expect(waitsOf(60_000, 1, 1_000, 1)).toEqual([60_000, 60_000, 60_000])
  })

  it('ends when the next delayed task is due', () => {
    const wait = new IdleWait(2_000, () => undefined)
    wait.begin(30, 10_000)
    expect(waits).toEqual([30])
  })
})
