import type { JobOptions } from '../model/job-options.js'
import type { Schedule } from './schedule.js'

/** A tick later than this was missed, ms: no scheduler ran when it came. */
const MISSED_AFTER = 5_000

/** A tick to be taken. */
export interface DueTick {
  /** ms since the epoch. */
  readonly at: number
  /** Whether its task is queued; false: it is passed over. */
  readonly run: boolean
}

/** What a schedule and a policy for missed ticks make due; null: nothing is. */
export function dueTick(schedule: Schedule, catchUp: JobOptions['catchUp'], last: number, now: number): DueTick | null {
  const latest = schedule.last(last, now)
  if (latest === null) return null
  if (catchUp === 'all') return { at: schedule.next(last) ?? latest, run: true }
  return { at: latest, run: catchUp !== 'none' || now - latest <= MISSED_AFTER }
}

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

/** A last tick that is further ahead than this was taken by a clock that was wrong, ms. */
const CLOCK_SET_BACK = 3_600_000

/**
 * The tick that a schedule goes on from.
 *
 * @param last - as the store has it
 * @param now - store's clock, ms since the epoch
 * @returns null where it starts anew: nothing was ever taken, or the store's clock was set back by more than an hour since.
 * One that was set back by less is waited for, so that no tick comes twice.
 */
export function standingTick(last: number | null, now: number): number | null {
  return last !== null && last - now <= CLOCK_SET_BACK ? last : null
}
