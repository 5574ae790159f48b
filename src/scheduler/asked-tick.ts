import type { Schedule } from './schedule.js'

/** A tick of the schedule that is older than this is not what made the job say that it is due, ms. */
const RECENT = 5_000

/**
 * The tick that a job takes which said itself that it is due: that of its schedule where one just came, so that intervals
 * do not drift; else now.
 *
 * @param schedule - null: it has none
 * @returns ms since the epoch, after `last`
 */
export function askedTick(schedule: Schedule | null, last: number, now: number): number {
  const tick = schedule?.last(last, now) ?? null
  return tick !== null && now - tick <= RECENT ? tick : Math.max(now, last + 1)
}
