import type { Clock } from '../util/clock.js'
import { performance, systemTime } from '../util/timers.js'

/**
 * The store's clock: the time of its last reply, plus the time since then by the monotonic clock of this process.
 * Created by each {@link TickLoop}.
 */
export class StoreClock {
  #ahead: number | null = null

  /** @param source - the store's clock itself, where this process has it */
  constructor(private readonly source: Clock | null = null) {}

  /** Sets the clock to the time of a reply. @param now - ms since the epoch */
  set(now: number): void {
    this.#ahead = now - performance.now()
  }

  /** The store's time in ms since the epoch. It is a whole number, because ticks are compared for equality. */
  now(): number {
    if (this.source !== null) return this.source.now()
    return Math.floor(this.#ahead === null ? systemTime() : this.#ahead + performance.now())
  }
}
