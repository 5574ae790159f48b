import { PARKED_FOR } from '../model/defaults.js'
import type { TaskRecord } from '../model/task-record.js'
import { countOf } from '../util/count-of.js'
import { shellWord } from '../util/shell-word.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import { exactTerm } from './filter/quote-value.js'
import type { DoctorCheck } from './looks.js'
import { putOffSince } from './is-put-off.js'
import type { UnreadTeller } from './read-each.js'
import { readEach } from './read-each.js'

/** Most delayed and held tasks that are looked at. */
const MOST_PARKED = 50
const MOST_HELD = 500
/** A place becomes free for a moment between two runs, ms. */
const MOMENT = 15_000
/** One that was put off because no worker knew its job is due by more than that sooner, ms. */
const SLACK = 60_000

/**
 * Finds tasks that wait for a place in the limit of their job (`maxConcurrency`) while no task of the job runs. Their permit belongs to
 * nobody who is seen here, or was offered to a worker that has died.
 *
 * @param queues - with the time of the store
 * @param tell - is told of queues that cannot be read
 */
export async function checkLimits(
  parts: ControlParts,
  queues: ReadonlyMap<string, number>,
  tell: UnreadTeller,
): Promise<DoctorCheck[]> {
  const operations = operationsOf(parts, 'what a diagnosis needs')
  const look = async (queue: string): Promise<TaskRecord[]> => await parkedIn(parts, queue, queues.get(queue) ?? 0)
  const parked = await readEach([...queues.keys()], look, tell)
  const jobs = new Set(parked.flat().map(({ header }) => header.job))
  if (jobs.size === 0) return []
  const held = await readEach(
    [...queues.keys()],
    async (queue) => await operations.list(queue, 'held', null, MOST_HELD),
    tell,
  )
  // Of more tasks than are listed, or of those of a queue that cannot be read, any may have a place.
  if (held.length < queues.size || held.some(({ cursor }) => cursor !== null)) return []
  for (const { header } of held.flatMap(({ records }) => records)) jobs.delete(header.job)
  return [...jobs].sort().map((job): DoctorCheck => {
    const count = parked.flat().filter(({ header }) => header.job === job).length
    const says = `${countOf(count, 'task')} of ${job} wait${count === 1 ? 's' : ''} for a place in the limit of their job, and no task of it runs`
    return {
      name: 'limit-without-holder',
      state: 'warning',
      says,
      fix: `pq run-now ${shellWord(exactTerm('job', job))} lets them ask anew`,
    }
  })
}

async function parkedIn(parts: ControlParts, queue: string, now: number): Promise<TaskRecord[]> {
  const { broker, serializer } = parts
  const page = await operationsOf(parts, 'what a diagnosis needs').list(queue, 'delayed', null, MOST_PARKED)
  const ids = page.records.flatMap(({ header: { id, runs, dueAt, queuedAt } }) => {
    const parkedAt = dueAt - PARKED_FOR
    return runs === 0 && parkedAt > queuedAt - SLACK && now - parkedAt > MOMENT ? [id] : []
  })
  if (ids.length === 0) return []
  const records = await broker.get(queue, ids)
  return records.filter((record) => record !== null).filter((record) => putOffSince(serializer, record) !== null)
}
