import { longTimeout } from './long-timeout.js'
import { afterArrived } from './timers.js'

/** A running {@link deadline}. */
export interface Deadline {
  /** What was waited for has come. */
  clear(): void
}

/**
 * Acts after a time, unless it is cleared before. For whatever gives up: what has arrived by then is read first, so that an answer
 * that came in time counts after a blocked event loop, too.
 */
export function deadline(act: () => void, ms: number): Deadline {
  let isCleared = false
  const timer = longTimeout(() => {
    afterArrived(() => {
      if (!isCleared) act()
    })
  }, ms)
  return {
    clear() {
      isCleared = true
      timer.clear()
    },
  }
}
