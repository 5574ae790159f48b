import type { Schedule } from './schedule.js'
import type { TimeZone } from './time-zone.js'

/**
 * Ticks once an hour or more often, at even intervals that are counted from each midnight of a time zone. A change of the
 * clocks neither drops nor adds ticks; where the clocks move by less than an hour, ticks return to their minute the next
 * day.
 */
export class HourlySchedule implements Schedule {
  /** Time of the first tick of a day, in ms after midnight. */
  readonly #first: number

  /**
   * @param every - the interval in ms: a divisor of a day, at most an hour
   * @param anchor - a time of the day that has a tick, ms since midnight
   */
  constructor(
    private readonly every: number,
    anchor: number,
    private readonly zone: TimeZone,
  ) {
    this.#first = anchor % every
  }

  next(after: number): number {
    for (let day = this.zone.dayOf(after) - 1; ; day++) {
      const { first, end } = this.#day(day)
      const tick = first + Math.max(0, Math.floor((after - first) / this.every) + 1) * this.every
      if (tick < end) return tick
    }
  }

  last(since: number, until: number): number | null {
    const earliest = this.zone.dayOf(since) - 1
    for (let day = this.zone.dayOf(until) + 1; day >= earliest; day--) {
      const { first, end } = this.#day(day)
      const tick = first + Math.floor((Math.min(until, end - 1) - first) / this.every) * this.every
      if (tick >= first) return tick > since ? tick : null
    }
    return null
  }

  /** The first tick of a day, and the next midnight. */
  #day(day: number): { first: number; end: number } {
    return { first: this.zone.at(day, 0) + this.#first, end: this.zone.at(day + 1, 0) }
  }
}
