import { InvalidFilterError, InvalidOptionError } from '../errors.js'
import type { ActPlace } from '../model/act-place.js'
import { isGeneratedId } from '../model/task-id.js'
import type { StoredPage } from '../stores/operations-store.js'
import type { ActName, Plan, PlanOptions } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import { actPlaces } from './act-places.js'
import { checkTarget, refuseOwnQueue } from './check-target.js'
import { ACT_TRAITS } from './act-traits.js'
import type { ParsedFilter } from './filter/terms.js'
import type { TaskPlace, TaskSummary } from './looks.js'
import { Search } from './search.js'
import { placeOf, summaryOf } from './task-summary.js'
import { unchangedBy } from './unchanged.js'

/** Most tasks of a plan, and of its sample. */
const MOST_TASKS = 1_000_000
const SAMPLE = 10
/** Tasks of one look at the order of a queue. */
const PAGE = 500

/** Tasks of a plan in one queue, which the act takes where they stand at one of the places. */
export interface PlannedGroup {
  readonly queue: string
  readonly places: readonly ActPlace[]
  /** Of a plan for `drop`: whether the index of failed tasks has those of them that have failed. */
  readonly isListed: boolean
  readonly ids: readonly string[]
}

/** The tasks of a plan. They are kept here, so that a plan can be shown and sent as plain data. */
const planned = new WeakMap<Plan, readonly PlannedGroup[]>()

/** A search shows all where nothing is named; an act on all has to be meant, since a filter may be empty by mistake: `{ tag: undefined }`. */
const ALL_HINT = 'state:live, state:failed and state:done name all tasks that are there'

/** Finds the tasks that an act would take. Nothing is changed. @throws {@link InvalidFilterError} for a filter without a term */
export async function makePlan(
  parts: ControlParts,
  act: ActName,
  filter: ParsedFilter,
  options: PlanOptions,
): Promise<Plan> {
  if (filter.terms.length === 0) throw new InvalidFilterError(filter.text, 'a term', 'none', ALL_HINT)
  const { max = MOST_TASKS, to, deep, signal, onProgress } = options
  if (to !== undefined) checkTarget(act, to)
  const { places, changesListedOnly, tellsListed, leavesMoved } = ACT_TRAITS[act]
  const leavesUnchanged = options.max !== undefined
  const search = new Search(parts, filter, {
    deep: leavesUnchanged && changesListedOnly ? false : deep,
    signal,
    limit: max + 1,
    places,
    tellsListed,
    withoutMoved: leavesMoved,
    unchanged: leavesUnchanged ? unchangedBy(parts, act, to) : null,
  })
  const found = new Map<string, FoundGroup>()
  const jobs = new Map<string, number>()
  const sample: TaskSummary[] = []
  let count = 0
  let oldest: number | null = null
  let isCut = false
  for await (const { record, seen, now, isListed } of search.matches()) {
    isCut = count === max
    if (isCut) break
    const { id, queue, job, queuedAt } = record.header
    const place = placeOf(record.header, now)
    const key = `${place} ${String(isListed)} ${queue}`
    const group = found.get(key) ?? { queue, place, isListed, ids: [], times: [] }
    group.ids.push(id)
    group.times.push(queuedAt)
    found.set(key, group)
    jobs.set(job, (jobs.get(job) ?? 0) + 1)
    oldest = Math.min(oldest ?? queuedAt, queuedAt)
    if (sample.length < SAMPLE) sample.push(summaryOf(seen, now))
    count += 1
    if (count % 1_000 === 0) onProgress?.(search.progress)
  }
  onProgress?.(search.progress)
  if (act === 'move' && to !== undefined) refuseOwnQueue([...found.values()], to)
  const byJob = [...jobs].map(([job, count]) => ({ job, count })).sort((a, b) => b.count - a.count)
  const plan: Plan = { act, filter: filter.text, count, sample, byJob, oldest, looked: search.progress.looked, isCut }
  const groups: PlannedGroup[] = []
  for (const group of found.values()) {
    const { queue, place, isListed } = group
    groups.push({ queue, places: actPlaces(act, filter.terms, place), isListed, ids: await inOrder(parts, group) })
  }
  planned.set(plan, groups)
  return plan
}

/** Tasks that were found in one queue at one place. Two lists take half the memory of one list of objects. */
interface FoundGroup {
  readonly queue: string
  readonly place: TaskPlace
  readonly isListed: boolean
  readonly ids: string[]
  /** When each was queued. */
  readonly times: number[]
}

/**
 * The oldest first: a search finds them in any order. Generated ids that one process made in one millisecond follow each other. Of other
 * ids of one millisecond only their queue knows the order, which is asked for then.
 */
async function inOrder(parts: ControlParts, { queue, place, ids, times }: FoundGroup): Promise<string[]> {
  const order = Uint32Array.from(ids.keys())
  const timeOf = (i: number): number => times[i] ?? 0
  const idOf = (i: number): string => ids[i] ?? ''
  order.sort((a, b) => timeOf(a) - timeOf(b) || (idOf(a) < idOf(b) ? -1 : 1))
  const isTied = (i: number): boolean =>
    timeOf(order[i] ?? 0) === timeOf(order[i + 1] ?? 0) && !isGeneratedId(idOf(order[i] ?? 0))
  if (place === 'ready' && order.subarray(1).some((_, i) => isTied(i))) {
    const places = await placesIn(parts, queue)
    const placeOf = (i: number): number => places.get(idOf(i)) ?? Infinity
    order.sort((a, b) => timeOf(a) - timeOf(b) || Math.sign(placeOf(a) - placeOf(b)) || (idOf(a) < idOf(b) ? -1 : 1))
  }
  return Array.from(order, idOf)
}

/** Where each ready task stands in its queue. */
async function placesIn(parts: ControlParts, queue: string): Promise<ReadonlyMap<string, number>> {
  const operations = operationsOf(parts, 'an index of tasks')
  const places = new Map<string, number>()
  let cursor: string | null = null
  do {
    const page: StoredPage = await operations.list(queue, 'ready', cursor, PAGE)
    for (const { header } of page.records) places.set(header.id, places.size)
    cursor = page.cursor
  } while (cursor !== null)
  return places
}

/** The tasks of a plan, by queue and place. @throws {@link InvalidOptionError} for what no call of `plan` gave, and for a plan of another act */
export function tasksOf(plan: Plan, act: ActName): readonly PlannedGroup[] {
  const groups = planned.get(plan)
  if (groups === undefined) throw new InvalidOptionError('plan', 'what control.plan() gave', 'something else')
  if (plan.act !== act) throw new InvalidOptionError('plan', `one for ${act}`, `one for ${plan.act}`)
  return groups
}
