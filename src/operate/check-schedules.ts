import { FORGET_AFTER } from '../stores/policy.js'
import { shellWord } from '../util/shell-word.js'
import { systemTime } from '../util/timers.js'
import { inWords } from './in-words.js'
import type { DoctorCheck, ScheduleOverview } from './looks.js'

/** Time by which a schedule may be late, ms. */
const LATE = 60_000
/** Age from which a pause may have been forgotten, ms. */
const LONG_PAUSE = 3_600_000

/** Periodic jobs that are late or paused. One that nobody has taken for a week is gone from the program. */
export function checkSchedules(schedules: readonly ScheduleOverview[]): DoctorCheck[] {
  return schedules.flatMap((schedule) => [...late(schedule), ...paused(schedule)])
}

function late({ job, queue, overdue }: ScheduleOverview): DoctorCheck[] {
  if (overdue === null || overdue <= LATE || overdue >= FORGET_AFTER) return []
  const says = `periodic job ${job} of queue ${queue} has been overdue for ${inWords(overdue)}: no process has queued it`
  const fix = 'start a worker with schedulePeriodic that knows the job'
  return [{ name: 'schedule-overdue', state: 'warning', says, fix }]
}

/** A pause within the last hour is meant. */
function paused({ job, queue, paused: pause }: ScheduleOverview): DoctorCheck[] {
  if (pause === null) return []
  const { at, by, reason } = pause
  const since = systemTime() - at
  const who = `${by}${reason === null ? '' : ` (${reason})`}`
  const says = `periodic job ${job} of queue ${queue} has been paused for ${inWords(since)} by ${who}`
  if (since < LONG_PAUSE) return [{ name: 'schedules', state: 'ok', says, fix: null }]
  const fix = `pq schedules resume ${shellWord(job)} --queue ${shellWord(queue)}`
  return [{ name: 'schedule-paused', state: 'warning', says, fix }]
}
