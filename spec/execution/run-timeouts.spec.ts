import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunTimeout } from '../../lib/execution/run-timeouts.js'
import { RunTimeouts } from '../../lib/execution/run-timeouts.js'
import { timers } from '../../lib/util/timers.js'

/** A timer of this spec, which fires when the spec says so. */
interface Armed {
  readonly act: () => void
  readonly ms: number
  isReferenced: boolean
  isCleared: boolean
}

describe('the timeouts of runs', () => {
  let armed: Armed[]
  let immediates: (() => void)[]
  let now: number
  let aborted: string[]
  // No other spec of this file has the same timeout: its list would be there.
  let timeout = 1_000

  const begin = (name: string): RunTimeout => RunTimeouts.begin({ abort: () => aborted.push(name) }, timeout)
  const end = (run: RunTimeout): void => {
    run.list.end(run)
  }
  /** @param arrives - what is read after the timer has fired, before anything is aborted */
  const fire = (timer: Armed | undefined, at: number, arrives?: () => void): void => {
    now = at
    timer?.act()
    arrives?.()
    for (let act = immediates.shift(); act !== undefined; act = immediates.shift()) act()
  }

  beforeEach(() => {
    armed = []
    immediates = []
    aborted = []
    now = 0
    timeout += 1_000
    vi.spyOn(timers, 'now').mockImplementation(() => now)
    vi.spyOn(timers, 'setTimeout').mockImplementation((act, ms) => {
      const timer = { act, ms, isReferenced: true, isCleared: false }
      armed.push(timer)
      const refer = (isReferenced: boolean) => () => (timer.isReferenced = isReferenced)
      return { ref: refer(true), unref: refer(false), timer } as unknown as NodeJS.Timeout
    })
    vi.spyOn(timers, 'setImmediate').mockImplementation((act) => {
      immediates.push(act)
      return undefined as unknown as NodeJS.Immediate
    })
    vi.spyOn(timers, 'clearTimeout').mockImplementation((timer) => {
      ;(timer as unknown as { timer: Armed }).timer.isCleared = true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('need one timer, however many runs begin and end', () => {
    const first = begin('first')
    for (let i = 0; i < 1_000; i += 1) end(begin('short'))
    end(first)
    end(begin('last'))
    expect(armed.map(({ ms }) => ms)).toEqual([timeout])
    // Nothing runs, so nothing keeps the process running.
    expect(armed[0]?.isReferenced).toBe(false)
    begin('next')
    expect(armed[0]?.isReferenced).toBe(true)
    expect(aborted).toEqual([])
  })

  it('abort each run at its own deadline, in order, but for those that have ended', () => {
    begin('a')
    now = 100
    const b = begin('b')
    now = 200
    begin('c')
    now = 300
    begin('d')
    end(b)
    fire(armed[0], timeout)
    expect(aborted).toEqual(['a'])
    expect(armed[1]?.ms).toBe(200)
    fire(armed[1], timeout + 200)
    expect(aborted).toEqual(['a', 'c'])
    fire(armed[2], timeout + 300)
    expect(aborted).toEqual(['a', 'c', 'd'])
    expect(armed).toHaveLength(3)
  })

  it('abort all whose time is over after a stall of the event loop', () => {
    for (const name of ['a', 'b', 'c']) {
      begin(name)
      now += 100
    }
    fire(armed[0], timeout + 150)
    expect(aborted).toEqual(['a', 'b'])
    expect(armed[1]?.ms).toBe(50)
  })

  it('wait on when the run has ended for which the timer was armed', () => {
    const a = begin('a')
    now = 400
    begin('b')
    end(a)
    fire(armed[0], timeout)
    expect(aborted).toEqual([])
    expect(armed[1]?.ms).toBe(400)
  })

  it('leave alone what ended while the event loop was blocked: its end is read first', () => {
    const a = begin('a')
    begin('b')
    fire(armed[0], timeout + 1, () => {
      end(a)
    })
    expect(aborted).toEqual(['b'])
    const c = begin('c')
    fire(armed[1], 2 * timeout + 2, () => {
      end(c)
    })
    expect(aborted).toEqual(['b'])
    begin('d')
    expect(armed.at(-1)).toMatchObject({ ms: timeout, isReferenced: true })
  })

  it('are longer than a timer of Node can be', () => {
    const month = 30 * 86_400_000
    RunTimeouts.begin({ abort: () => aborted.push('month') }, month)
    fire(armed[0], armed[0]?.ms ?? 0)
    expect(aborted).toEqual([])
    fire(armed[1], month)
    expect(aborted).toEqual(['month'])
    expect(armed[0]?.ms).toBeLessThanOrEqual(2 ** 31 - 1)
  })

  it('leave no timers behind where each run has another one', () => {
    for (let i = 0; i < 1_000; i += 1) {
      timeout += 1
      end(begin('other'))
    }
    expect(armed.filter(({ isCleared }) => !isCleared).length).toBeLessThan(200)
  })
})
