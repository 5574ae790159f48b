import { clearTimeout, performance, setTimeout } from './timers.js'

/** Longest delay of Node's own timers, in ms. A timer with a longer delay fires at once. */
export const LONGEST_DELAY = 2 ** 31 - 1

/** A running {@link longTimeout}. */
export interface LongTimeout {
  /** Stops the timer. */
  clear(): void
  /** Lets the process end while the timer runs. */
  unref(): LongTimeout
}

/** `setTimeout` for delays that may be longer than its own limit of 24.8 days. */
export function longTimeout(act: () => void, ms: number): LongTimeout {
  const end = performance.now() + ms
  let isReferenced = true
  let timer = setTimeout(next, Math.min(ms, LONGEST_DELAY))
  function next(): void {
    const left = end - performance.now()
    // A timer may fire up to a millisecond early. More time is left only after a part of a long wait.
    if (left < 2 || ms <= LONGEST_DELAY) {
      act()
      return
    }
    timer = setTimeout(next, Math.min(left, LONGEST_DELAY))
    if (!isReferenced) timer.unref()
  }
  return {
    clear: () => {
      clearTimeout(timer)
    },
    unref() {
      isReferenced = false
      timer.unref()
      return this
    },
  }
}
