import { described, InvalidOptionError } from '../errors.js'
import { checkQueueName } from '../model/name.js'
import type { TaskRecord } from '../model/task-record.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { TaskPage } from './looks.js'
import { cursorFor, readCursor } from './page-cursor.js'
import type { ListOptions, ListQuery } from './searches.js'
import { SeenTask } from './seen-task.js'
import { summaryOf } from './task-summary.js'

const STATES = ['ready', 'delayed', 'held', 'failed', 'recent']
const MOST = 500

/** One page of the tasks of a queue that are in a state. */
export async function listTasks(
  parts: ControlParts,
  { queue, state }: ListQuery,
  { limit = 50, cursor = null }: ListOptions,
): Promise<TaskPage> {
  checkQueueName('queue', queue)
  if (!STATES.includes(state)) throw new InvalidOptionError('state', `one of ${STATES.join(', ')}`, described(state))
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new InvalidOptionError('limit', `a whole number from 1 to ${String(MOST)}`, described(limit))
  }
  const operations = operationsOf(parts, 'lists of tasks')
  const from = readCursor({ queue, state }, cursor)
  const [look, page] = await Promise.all([operations.inspect(queue), operations.list(queue, state, from, limit)])
  const tasks = (await seenOf(parts, queue, page.records)).map((seen) => summaryOf(seen, look.now))
  if (state === 'recent') {
    tasks.sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))
    return { tasks, cursor: null, total: tasks.length, isSampled: page.isSampled === true }
  }
  return {
    // The list that a task is in says where it stands: one that is due may not have been moved yet.
    tasks: tasks.map((task) => ({ ...task, state })),
    cursor: cursorFor({ queue, state }, page.cursor),
    total: state === 'failed' ? look.failed : look.sizes[state],
  }
}

/** Lists come without payloads. Those of tasks whose errors may repeat what is hidden are looked up. */
async function seenOf(parts: ControlParts, queue: string, records: readonly TaskRecord[]): Promise<SeenTask[]> {
  const seen = records.map((record) => new SeenTask(parts, record))
  const told = seen.filter(({ isRedacted, report }) => isRedacted && report.error !== undefined)
  if (told.length === 0) return seen
  const ids = told.map(({ record }) => record.header.id)
  const whole = new Map<string, SeenTask>()
  for (const record of await parts.broker.get(queue, ids)) {
    if (record !== null) whole.set(record.header.id, new SeenTask(parts, record))
  }
  // One that has gone meanwhile has no payload to compare with, so its error is not shown.
  return seen.map((each) =>
    told.includes(each)
      ? (whole.get(each.record.header.id) ?? new SeenTask(parts, { ...each.record, outcome: null }))
      : each,
  )
}
