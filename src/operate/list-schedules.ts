import { tickTaskId } from '../model/task-id.js'
import type { OwnSchedule } from '../producer/tasks.js'
import type { StoredTick } from '../stores/operations-store.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { ScheduleOverview } from './looks.js'
import type { UnreadTeller } from './read-each.js'
import { readEach, toLog } from './read-each.js'
import { scheduleInWords } from './schedule-in-words.js'
import { placeOf } from './task-summary.js'

/**
 * The periodic jobs that the store or this process knows, by name.
 *
 * @param tell - is told of queues that cannot be read. Default: the log
 */
export async function listSchedules(
  parts: ControlParts,
  tell: UnreadTeller = toLog(parts, 'schedules'),
): Promise<ScheduleOverview[]> {
  const operations = operationsOf(parts, 'schedules')
  const next = new Map(await parts.nextScheduled())
  const own = parts.ownSchedules()
  const queues = new Set([...(await parts.broker.queues()), ...own.map(({ queue }) => queue)])
  const look = async (queue: string): Promise<ScheduleOverview[]> => {
    const ticks = await operations.schedules(queue)
    const ticked = new Set(ticks.map(({ job }) => job))
    const others = own.filter((each) => each.queue === queue && !ticked.has(each.job))
    if (ticks.length + others.length === 0) return []
    const { now } = await operations.inspect(queue)
    return [
      ...(await Promise.all(ticks.map((tick) => overviewOf(parts, queue, tick, next.get(tick.job), now)))),
      ...others.map((each) => untickedOverview(parts, each, next.get(each.job), now)),
    ]
  }
  const found = await readEach([...queues], look, tell)
  return found.flat().sort((a, b) => (a.job < b.job ? -1 : 1))
}

/** A job of this process that has had no tick yet. @param next - seconds from now; undefined: it is never due */
function untickedOverview(
  { overdue }: ControlParts,
  { job, queue, schedule }: OwnSchedule,
  next: number | undefined,
  now: number,
): ScheduleOverview {
  return {
    job,
    queue,
    schedule: scheduleInWords(schedule),
    last: null,
    next: next === undefined ? null : now + next * 1_000,
    // None of its ticks counts before a process has seen it; null where the job itself decides.
    overdue: overdue(schedule, now, now),
    paused: null,
    lastTask: null,
    lastState: null,
  }
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
