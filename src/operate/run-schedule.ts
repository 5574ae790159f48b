import { randomUUID } from 'node:crypto'
import type { ActOptions } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { knownSchedule } from './known-schedule.js'
import { noteAct } from './run-act.js'

export interface ScheduleOptions extends ActOptions {
  /** The queue whose schedule is meant. Default: the first one that has a schedule of the job. */
  readonly queue?: string | undefined
}

/** Queues a periodic job once, now. @returns the id of the task */
export async function runSchedule(
  parts: ControlParts,
  job: string,
  { queue, ...options }: ScheduleOptions,
): Promise<string> {
  const schedule = await knownSchedule(parts, job, queue)
  const id = await parts.queueJob(job, schedule.queue)
  const target = `schedule:${job} queue:${schedule.queue}`
  await noteAct(parts, { act: 'run-schedule', operation: randomUUID(), target, done: 1, skipped: 0 }, options)
  return id
}
