import { randomUUID } from 'node:crypto'
import { NotFoundError } from '../errors.js'
import { checkQueueName } from '../model/name.js'
import type { ActOptions } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { listSchedules } from './list-schedules.js'
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
  if (queue !== undefined) checkQueueName('queue', queue)
  const known = await listSchedules(parts)
  const schedule = known.find((each) => each.job === job && (queue === undefined || each.queue === queue))
  if (schedule === undefined) throw new NotFoundError('schedule', job, 'pq schedules lists them')
  const id = await parts.queueJob(job, schedule.queue)
  const target = `schedule:${job} queue:${schedule.queue}`
  await noteAct(parts, { act: 'run-schedule', operation: randomUUID(), target, done: 1, skipped: 0 }, options)
  return id
}
