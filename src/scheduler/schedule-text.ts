import { types } from 'node:util'
import type { JobOptions } from '../model/job-options.js'
import { toMilliseconds } from '../model/duration.js'

/**
 * Names the schedule of a job: schedules with the same text have the same ticks. The store keeps it with the last tick, so
 * that a scheduler knows when a deployment has changed the schedule. `catchUp` is no part of it.
 */
export function scheduleText({ runEvery, cron, anchor, timeZone }: JobOptions): string {
  if (cron !== undefined) return `cron ${cron.trim().replace(/\s+/g, ' ')} in ${zoneOf(timeZone)}`
  if (runEvery === undefined) return 'isDue'
  const every = `every ${String(toMilliseconds(runEvery, 'runEvery'))} ms`
  if (anchor === undefined) return every
  if (types.isDate(anchor)) return `${every} from ${anchor.toISOString()}`
  const { hour = 0, minute = 0, second = 0 } = anchor
  return `${every} at ${[hour, minute, second].join(':')} in ${zoneOf(timeZone)}`
}

function zoneOf(timeZone: string | undefined): string {
  return timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone
}
