import { randomUUID } from 'node:crypto'
import { NotFoundError } from '../errors.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import { knownSchedule } from './known-schedule.js'
import { noteAct, userAtHost } from './run-act.js'
import type { ScheduleOptions } from './run-schedule.js'

/** The store has no schedule of a job of this process before its first tick. */
const UNTICKED = 'no worker with schedulePeriodic has seen its job yet, and so there is nothing to pause or resume'

/** Pauses a schedule, or ends that. @returns the queue that has it */
export async function pauseSchedule(
  parts: ControlParts,
  act: 'pause' | 'resume',
  job: string,
  { queue, ...options }: ScheduleOptions,
): Promise<string> {
  const schedule = await knownSchedule(parts, job, queue)
  const pause = act === 'resume' ? null : { by: options.by ?? userAtHost(), reason: options.reason ?? null }
  const isKnown = await operationsOf(parts, 'schedules').pauseSchedule(schedule.queue, job, pause)
  if (!isKnown) throw new NotFoundError('schedule', job, UNTICKED)
  const target = `schedule:${job} queue:${schedule.queue}`
  await noteAct(parts, { act: `${act}-schedule`, operation: randomUUID(), target, done: 1, skipped: 0 }, options)
  return schedule.queue
}
