import { Cron } from 'croner'
import type { Schedule } from './schedule.js'

/**
 * Ticks of a cron expression: five fields, or six with seconds first. Croner parses it and knows time zones. A time that the
 * clocks skip comes at the moment at which they are put forward; of a time that comes twice, the first counts.
 */
export class CronSchedule implements Schedule {
  readonly #cron: Cron

  /** @throws croner's error for a malformed expression or time zone; RangeError for an expression that is never due */
  constructor(expression: string, timeZone: string | undefined) {
    this.#cron = new Cron(expression, {
      mode: '5-or-6-parts',
      paused: true,
      ...(timeZone !== undefined && { timezone: timeZone }),
    })
    // Croner also accepts a date, and 30 February.
    if (this.#cron.getPattern() === undefined) throw new RangeError('it is a date')
    if (this.#cron.nextRun(new Date(0)) === null) throw new RangeError('it is never due')
  }

  next(after: number): number | null {
    return this.#cron.nextRun(new Date(after))?.getTime() ?? null
  }

  last(since: number, until: number): number | null {
    // One millisecond later: `previousRuns` excludes its reference.
    const tick = this.#cron.previousRuns(1, new Date(until + 1))[0]?.getTime()
    return tick !== undefined && tick > since ? tick : null
  }
}
