import { Cron } from 'croner'
import type { Schedule } from './schedule.js'

/** Ticks of a cron expression: five fields, or six with seconds before them. Croner reads it and knows time zones. */
export class CronSchedule implements Schedule {
  readonly #cron: Cron

  /** @throws what croner throws for an expression or a time zone that it does not know; RangeError for what is never due */
  constructor(expression: string, timeZone: string | undefined) {
    this.#cron = new Cron(expression, { paused: true, ...(timeZone !== undefined && { timezone: timeZone }) })
    // Croner takes a date, too, and 30 February.
    if (this.#cron.getPattern() === undefined) throw new RangeError('it is a date')
    if (this.#cron.nextRun(new Date(0)) === null) throw new RangeError('it is never due')
  }

  next(after: number): number | null {
    return this.#cron.nextRun(new Date(after))?.getTime() ?? null
  }

  last(since: number, until: number): number | null {
    // One millisecond on: `previousRuns` gives what is before its reference.
    const tick = this.#cron.previousRuns(1, new Date(until + 1))[0]?.getTime()
    return tick !== undefined && tick > since ? tick : null
  }
}
