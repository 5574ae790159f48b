import { types } from 'node:util'
import { described, JobDefinitionError } from '../errors.js'
import type { JobOptions, TimeOfDay } from '../model/job-options.js'
import { toMilliseconds } from '../model/duration.js'
import { CronSchedule } from './cron-schedule.js'
import { DailySchedule } from './daily-schedule.js'
import { HourlySchedule } from './hourly-schedule.js'
import { IntervalSchedule } from './interval-schedule.js'
import type { Schedule } from './schedule.js'
import { DAY, TimeZone } from './time-zone.js'
import { errorMessage } from '../util/thrown.js'

const HOUR = 3_600_000

const FIELDS = { hour: 23, minute: 59, second: 59 } as const

/**
 * The schedule in a job's options; null where they have none.
 *
 * @throws {@link JobDefinitionError} that names the malformed option
 */
export function scheduleOf(job: string, options: JobOptions): Schedule | null {
  const { runEvery, cron, anchor, timeZone } = options
  const zone = timeZoneOf(job, timeZone)
  if (cron !== undefined) {
    if (runEvery !== undefined) throw wrong(job, 'cron', 'given without runEvery', 'both')
    if (anchor !== undefined) throw wrong(job, 'anchor', 'given with runEvery', 'it with cron')
    return cronSchedule(job, cron, timeZone)
  }
  if (runEvery === undefined) {
    for (const option of ['anchor', 'timeZone', 'catchUp'] as const) {
      const where = option === 'anchor' ? 'given with runEvery' : 'given with runEvery or cron'
      if (options[option] !== undefined) throw wrong(job, option, where, 'it without')
    }
    return null
  }
  const every = toMilliseconds(runEvery, 'runEvery')
  if (every < 1) throw wrong(job, 'runEvery', 'at least 1 ms', described(runEvery))
  if (anchor === undefined || types.isDate(anchor)) return new IntervalSchedule(every, dateOf(job, anchor))
  return dailySchedule(job, every, timeOfDay(job, anchor), zone)
}

function cronSchedule(job: string, cron: string, timeZone: string | undefined): Schedule {
  try {
    return new CronSchedule(cron, timeZone)
  } catch (error) {
    const reason = errorMessage(error)
    throw wrong(job, 'cron', 'a cron expression of five or six fields', `${described(cron)} (${reason})`)
  }
}

function dailySchedule(job: string, every: number, anchor: number, zone: TimeZone): Schedule {
  if (every <= HOUR && DAY % every === 0) return new HourlySchedule(every, anchor, zone)
  if (DAY % every === 0 || every % DAY === 0) return new DailySchedule(every, anchor, zone)
  throw wrong(
    job,
    'runEvery',
    'a divisor of a day or whole days where anchor is a time of the day',
    `${String(every / 1_000)} s`,
  )
}

function dateOf(job: string, anchor: Date | undefined): number | null {
  if (anchor === undefined) return null
  const time = anchor.getTime()
  if (Number.isNaN(time)) throw wrong(job, 'anchor', 'a valid date', 'an invalid one')
  return time
}

/** The time of the day in ms since midnight. */
function timeOfDay(job: string, anchor: TimeOfDay): number {
  for (const [field, value] of Object.entries(anchor) as [string, unknown][]) {
    if (!Object.hasOwn(FIELDS, field)) throw wrong(job, 'anchor', 'a Date or { hour, minute, second }', field)
    const most = FIELDS[field as keyof typeof FIELDS]
    if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most)) {
      throw wrong(job, `anchor.${field}`, `a whole number from 0 to ${String(most)}`, described(value))
    }
  }
  const { hour = 0, minute = 0, second = 0 } = anchor
  return hour * HOUR + minute * 60_000 + second * 1_000
}

function timeZoneOf(job: string, name: string | undefined): TimeZone {
  try {
    return new TimeZone(name)
  } catch {
    throw wrong(job, 'timeZone', "an IANA name such as 'Europe/Rome'", described(name))
  }
}

function wrong(job: string, option: string, expected: string, received: string): JobDefinitionError {
  return new JobDefinitionError(job, `expected option ${option} to be ${expected}, got ${received}`)
}
