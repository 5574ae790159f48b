import type { JobOptions } from '../model/job-options.js'
import type { LastTick } from '../stores/broker.js'
import type { Schedule } from './schedule.js'

/** Age in ms from which a tick counts as missed: no scheduler ran when it was due. */
const MISSED_AFTER = 5_000

/** A tick that a scheduler takes. */
export interface DueTick {
  /** The time of the tick, in ms since the epoch. */
  readonly at: number
  /** Whether a task is queued for the tick; false: the schedule only moves past it. */
  readonly run: boolean
}

/** The tick that is due by a schedule and by the job's policy for missed ticks; null: none is. */
export function dueTick(schedule: Schedule, catchUp: JobOptions['catchUp'], last: number, now: number): DueTick | null {
  const latest = schedule.last(last, now)
  if (latest === null) return null
  if (catchUp === 'all') return { at: schedule.next(last) ?? latest, run: true }
  return { at: latest, run: catchUp !== 'none' || now - latest <= MISSED_AFTER }
}

/** Age in ms from which a tick of the schedule cannot be the reason for which `isDue` answered true. */
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

/** Time in ms from which a last tick in the future must have been taken by a wrong clock. */
const CLOCK_SET_BACK = 3_600_000

/**
 * The tick from which a schedule resumes. Ticks that a changed schedule would have had before now were never due: it resumes
 * from the latest of them.
 *
 * @param last - the job's last tick in the store; null: it has none
 * @param now - store's clock, in ms since the epoch
 * @returns null where the schedule starts anew: the job has no tick yet, or the store's clock was set back by more than an
 * hour since. After a smaller step back the scheduler waits for the clock, so that no tick comes twice.
 */
export function resumeTick(
  { schedule, text }: { readonly schedule: Schedule | null; readonly text: string },
  last: LastTick | null,
  now: number,
): number | null {
  if (last === null || last.at - now > CLOCK_SET_BACK) return null
  if (last.schedule === text) return last.at
  return schedule?.last(last.at, now) ?? last.at
}

/** A last tick that lies further ahead than this is waited for, in ms: the store's clock was set back. Less is a drift. */
const DRIFT = 5_000

/** Whether ticks have to wait until the store's clock, which was set back, has come to the last one again. */
export function waitsForClock(last: number, now: number): boolean {
  return last - now > DRIFT
}
