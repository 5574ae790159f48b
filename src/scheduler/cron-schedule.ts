import { Cron } from 'croner'
import type { Schedule } from './schedule.js'

/** Ticks of a cron expression: five fields, or six with seconds before them. Croner reads it and knows time zones. */
export class CronSchedule implements Schedule {
  readonly #cron: Cron

  /** @throws what croner throws for an expression or a time zone that it does not know */
  constructor(expression: string, timeZone: string | undefined) {
    this.#cron = new Cron(expression, { paused: true, ...(timeZone !== undefined && { timezone: timeZone }) })
    // An unknown time zone shows only when it is used.
    this.#cron.nextRun(new Date(0))
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
