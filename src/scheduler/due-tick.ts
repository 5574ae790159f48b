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
