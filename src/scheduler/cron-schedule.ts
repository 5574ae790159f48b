import { Cron } from 'croner'
import type { Schedule } from './schedule.js'
import { DAY, TimeZone } from './time-zone.js'

const HOUR = 3_600_000
/** The clocks are put back by less than that, ms. */
const LONGEST_CHANGE = 3 * HOUR

/**
 * Ticks of a cron expression: five fields, or six with seconds first. Croner parses it.
 *
 * A time that the clocks skip comes at the moment at which they are put forward; of a time that comes twice, the first counts. Of
 * several times of one expression croner skips the one, and takes the other twice. So it is asked for times without a zone, which
 * {@link TimeZone} places. An expression for all hours is none of times of the day: it ticks in each hour that there is.
 */
export class CronSchedule implements Schedule {
  readonly #cron: Cron
  /** Null: croner knows the zone, too. */
  readonly #zone: TimeZone | null

  /** @throws croner's error for a malformed expression or time zone; RangeError for an expression that is never due */
  constructor(expression: string, timeZone: string | undefined) {
    const cron = new Cron(expression, { mode: '5-or-6-parts', paused: true, timezone: 'UTC' })
    // Croner also accepts a date, and 30 February.
    if (cron.getPattern() === undefined) throw new RangeError('it is a date')
    const first = cron.nextRun(new Date(0))
    if (first === null) throw new RangeError('it is never due')
    const isHourly = isForAllHours(cron, first)
    const zoned = { mode: '5-or-6-parts', paused: true, ...(timeZone !== undefined && { timezone: timeZone }) } as const
    this.#cron = isHourly ? new Cron(expression, zoned) : cron
    this.#zone = isHourly ? null : new TimeZone(timeZone)
  }

  next(after: number): number | null {
    const zone = this.#zone
    if (zone === null) return timeOf(this.#cron.nextRun(new Date(after)))
    // Several skipped times are one tick, and some that are still to be shown have counted already.
    for (let shown = zone.shownAt(after); ;) {
      const next = timeOf(this.#cron.nextRun(new Date(shown)))
      if (next === null) return null
      const tick = zone.whenShown(next)
      if (tick > after) return tick
      shown = next
    }
  }

  last(since: number, until: number): number | null {
    const tick = this.#zone === null ? this.#before(until + 1) : this.#lastShown(this.#zone, until)
    return tick !== null && tick > since ? tick : null
  }

  #lastShown(zone: TimeZone, until: number): number | null {
    const shown = zone.shownAt(until)
    // Where the clocks were put back of late, they have shown later times before.
    const putBack = Math.max(0, zone.shownAt(until - LONGEST_CHANGE) + LONGEST_CHANGE - shown)
    for (let end = shown + putBack + 1; ;) {
      const last = this.#before(end)
      if (last === null) return null
      const tick = zone.whenShown(last)
      if (tick <= until) return tick
      end = last
    }
  }

  /** The last time before another one; null: there is none. */
  #before(end: number): number | null {
    return timeOf(this.#cron.previousRuns(1, new Date(end))[0] ?? null)
  }
}

/** Whether a day with ticks has some in each of its hours. @param first - one of the ticks */
function isForAllHours(cron: Cron, first: Date): boolean {
  const midnight = Math.floor(first.getTime() / DAY) * DAY
  for (let hour = midnight; hour < midnight + DAY; hour += HOUR) {
    const tick = timeOf(cron.nextRun(new Date(hour - 1)))
    if (tick === null || tick >= hour + HOUR) return false
  }
  return true
}

function timeOf(date: Date | null): number | null {
  return date?.getTime() ?? null
}
