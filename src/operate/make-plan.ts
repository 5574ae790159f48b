import { InvalidOptionError } from '../errors.js'
import type { ActName, Plan, PlanOptions } from './acts.js'
import type { ControlParts } from './control-parts.js'
import type { ParsedFilter } from './filter/terms.js'
import type { TaskPlace, TaskSummary } from './looks.js'
import { Search } from './search.js'
import { SeenTask } from './seen-task.js'
import { summaryOf } from './task-summary.js'

/** Most tasks of a plan, and of its sample. */
const MOST_TASKS = 1_000_000
const SAMPLE = 10

/** Where a task must stand for each act. */
export const PLACES: Readonly<Record<ActName, readonly TaskPlace[]>> = {
  retry: ['failed'],
  revoke: ['ready', 'delayed', 'held'],
  'run-now': ['delayed'],
  move: ['ready', 'delayed'],
  drop: ['ready', 'delayed', 'failed', 'done'],
  prioritize: ['ready', 'delayed'],
}

/** The tasks of a plan, by queue. They are kept here, so that a plan can be shown and sent as plain data. */
const planned = new WeakMap<Plan, ReadonlyMap<string, readonly string[]>>()

/** Finds the tasks that an act would take. Nothing is changed. */
export async function makePlan(
  parts: ControlParts,
  act: ActName,
  filter: ParsedFilter,
  { max = MOST_TASKS, deep, signal, onProgress }: PlanOptions,
): Promise<Plan> {
  const search = new Search(parts, filter, { deep, signal, limit: max + 1, places: PLACES[act] })
  const found = new Map<string, PlannedTask[]>()
  const jobs = new Map<string, number>()
  const sample: TaskSummary[] = []
  let count = 0
  let oldest: number | null = null
  let isCut = false
  for await (const { record, now } of search.matches()) {
    isCut = count === max
    if (isCut) break
    const { id, queue, job, queuedAt } = record.header
    const list = found.get(queue)
    if (list) list.push({ id, queuedAt })
    else found.set(queue, [{ id, queuedAt }])
    jobs.set(job, (jobs.get(job) ?? 0) + 1)
    oldest = Math.min(oldest ?? queuedAt, queuedAt)
    if (sample.length < SAMPLE) sample.push(summaryOf(new SeenTask(parts, record), now))
    count += 1
    if (count % 1_000 === 0) onProgress?.(search.progress)
  }
  onProgress?.(search.progress)
  const byJob = [...jobs].map(([job, count]) => ({ job, count })).sort((a, b) => b.count - a.count)
  const plan: Plan = { act, filter: filter.text, count, sample, byJob, oldest, looked: search.progress.looked, isCut }
  planned.set(plan, new Map([...found].map(([queue, tasks]) => [queue, inOrder(tasks)])))
  return plan
}

interface PlannedTask {
  readonly id: string
  readonly queuedAt: number
}

/** The oldest first: a search finds them in any order. Ids that one process made in one millisecond follow each other. */
function inOrder(tasks: PlannedTask[]): string[] {
  tasks.sort((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1))
  return tasks.map(({ id }) => id)
}

/** The ids of a plan's tasks, by queue. @throws {@link InvalidOptionError} for what no call of `plan` gave, and for a plan of another act */
export function tasksOf(plan: Plan, act: ActName): ReadonlyMap<string, readonly string[]> {
  const ids = planned.get(plan)
  if (ids === undefined) throw new InvalidOptionError('plan', 'what control.plan() gave', 'something else')
  if (plan.act !== act) throw new InvalidOptionError('plan', `one for ${act}`, `one for ${plan.act}`)
  return ids
}
