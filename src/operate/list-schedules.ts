import { tickTaskId } from '../model/task-id.js'
import type { StoredTick } from '../stores/operations-store.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { ScheduleOverview } from './looks.js'
import type { UnreadTeller } from './read-each.js'
import { readEach, toLog } from './read-each.js'
import { scheduleInWords } from './schedule-in-words.js'
import { placeOf } from './task-summary.js'

/** The periodic jobs that the store knows, by name. @param tell - is told of queues that cannot be read. Default: the log */
export async function listSchedules(
  parts: ControlParts,
  tell: UnreadTeller = toLog(parts, 'schedules'),
): Promise<ScheduleOverview[]> {
  const operations = operationsOf(parts, 'schedules')
  const next = new Map(await parts.nextScheduled())
  const queues = await parts.broker.queues()
  const look = async (queue: string): Promise<ScheduleOverview[]> => {
    const ticks = await operations.schedules(queue)
    if (ticks.length === 0) return []
    const { now } = await operations.inspect(queue)
    return await Promise.all(ticks.map((tick) => overviewOf(parts, queue, tick, next.get(tick.job), now)))
  }
  const found = await readEach(queues, look, tell)
  return found.flat().sort((a, b) => (a.job < b.job ? -1 : 1))
}

/** @param next - seconds from now; undefined: this process does not know the job, so the text of its schedule is asked */
async function overviewOf(
  { broker, overdue, nextOf }: ControlParts,
  queue: string,
  { job, at, schedule, paused, resumedAt }: StoredTick,
  next: number | undefined,
  now: number,
): Promise<ScheduleOverview> {
  const lastTask = tickTaskId(queue, job, at)
  const [record] = await broker.get(queue, [lastTask])
  return {
    job,
    queue,
    schedule: scheduleInWords(schedule),
    last: at,
    next: paused !== undefined ? null : next === undefined ? nextOf(schedule, at, now) : now + next * 1_000,
    overdue: paused === undefined ? overdue(schedule, at, now, resumedAt) : 0,
    paused: paused ?? null,
    lastTask,
    lastState: record ? placeOf(record.header, now) : null,
  }
}
