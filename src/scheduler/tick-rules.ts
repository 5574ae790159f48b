import type { JobOptions } from '../model/job-options.js'
import type { Schedule } from './schedule.js'

/** A tick that is older than this was missed, in ms: no scheduler ran when it came. */
const MISSED_AFTER = 5_000

/** A tick that a scheduler takes. */
export interface DueTick {
  /** In ms since the epoch. */
  readonly at: number
  /** Whether a task is queued for it; false: the schedule only moves past it. */
  readonly run: boolean
}

/** The tick that is due by a schedule and by the job's policy for missed ticks; null: none is. */
export function dueTick(schedule: Schedule, catchUp: JobOptions['catchUp'], last: number, now: number): DueTick | null {
  const latest = schedule.last(last, now)
  if (latest === null) return null
  if (catchUp === 'all') return { at: schedule.next(last) ?? latest, run: true }
  return { at: latest, run: catchUp !== 'none' || now - latest <= MISSED_AFTER }
}

/** A tick of the schedule that is older than this is not the reason for which `isDue` answered true, in ms. */
const RECENT = 5_000

/**
 * The tick that is taken when a job's own `isDue` answered true: the schedule's tick where one has just come, so that
 * intervals do not drift; otherwise now.
 *
 * @param schedule - null: the job has none
 * @returns ms since the epoch, later than `last`
 */
export function tickForIsDue(schedule: Schedule | null, last: number, now: number): number {
  const tick = schedule?.last(last, now) ?? null
  return tick !== null && now - tick <= RECENT ? tick : Math.max(now, last + 1)
}

/** A last tick that lies further ahead than this was taken by a wrong clock, in ms. */
const CLOCK_SET_BACK = 3_600_000

/**
 * The tick from which a schedule resumes.
 *
 * @param last - the job's last tick in the store; null: it has none
 * @param now - store's clock, in ms since the epoch
 * @returns null where the schedule starts anew: the job has no tick yet, or the store's clock was set back by more than an
 * hour since. After a smaller step back the scheduler waits for the clock, so that no tick comes twice.
 */
export function resumeTick(last: number | null, now: number): number | null {
  return last !== null && last - now <= CLOCK_SET_BACK ? last : null
}
