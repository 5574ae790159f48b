import { NotFoundError } from '../errors.js'
import { didYouMean } from '../util/did-you-mean.js'
import { checkQueueName } from '../model/name.js'
import type { ControlParts } from './control-parts.js'
import { listSchedules } from './list-schedules.js'
import type { ScheduleOverview } from './looks.js'

/** The schedule of a job in a queue. @param queue - default: the first one that has it @throws {@link NotFoundError} */
export async function knownSchedule(
  parts: ControlParts,
  job: string,
  queue: string | undefined,
): Promise<ScheduleOverview> {
  if (queue !== undefined) checkQueueName('queue', queue)
  const known = await listSchedules(parts)
  const schedule = known.find((each) => each.job === job && (queue === undefined || each.queue === queue))
  if (schedule === undefined) {
    const names = known.map((each) => each.job)
    // The job itself is near where it is another queue that has its schedule.
    const hint = names.includes(job) ? 'another queue has one of that job: pq schedules' : 'pq schedules lists them'
    throw new NotFoundError('schedule', job, names.includes(job) ? hint : didYouMean(job, names, hint))
  }
  return schedule
}
