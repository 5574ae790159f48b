import type { Schedule } from './schedule.js'
import type { TimeZone } from './time-zone.js'
import { DAY } from './time-zone.js'

/**
 * Ticks at times of the day by the clocks of a time zone: once in a number of days, or several times a day, evenly. When
 * the clocks are put forward or back, a tick keeps its time of the day.
 */
export class DailySchedule implements Schedule {
  /** Times of the day, ms since midnight, ascending. */
  readonly #times: readonly number[]
  /** Days from one day with ticks to the next. */
  readonly #days: number

  /**
   * @param every - the interval in ms: a divisor of a day, or a number of whole days
   * @param anchor - a time of the day that has a tick, ms since midnight
   */
  constructor(
    every: number,
    anchor: number,
    private readonly zone: TimeZone,
  ) {
    this.#days = Math.max(1, every / DAY)
    const count = Math.max(1, DAY / every)
    this.#times = Array.from({ length: count }, (_, i) => (anchor % Math.min(every, DAY)) + i * every)
  }

  next(after: number): number {
    for (let day = this.#runDay(this.zone.dayOf(after) - 1); ; day += this.#days) {
      const found = this.#ticksOf(day).find((tick) => tick > after)
      if (found !== undefined) return found
    }
  }

  last(since: number, until: number): number | null {
    const first = this.zone.dayOf(since) - 1
    for (let day = this.#runDay(this.zone.dayOf(until) + 1); day >= first; day -= this.#days) {
      const found = this.#ticksOf(day).findLast((tick) => tick <= until)
      if (found !== undefined) return found > since ? found : null
    }
    return null
  }

  /** The last day with ticks, not after `day`. */
  #runDay(day: number): number {
    return Math.floor(day / this.#days) * this.#days
  }

  /** In ascending order. Times that the clocks skip come at one moment, and are one tick. */
  #ticksOf(day: number): number[] {
    return this.#times.map((time) => this.zone.at(day, time))
  }
}
