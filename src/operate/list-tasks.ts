import { described, InvalidOptionError } from '../errors.js'
import { checkQueueName } from '../model/name.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { TaskPage } from './looks.js'
import type { ListOptions, ListQuery } from './searches.js'
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
  const [look, page] = await Promise.all([operations.inspect(queue), operations.list(queue, state, cursor, limit)])
  const tasks = page.records.map((record) => summaryOf(parts.serializer, record, look.now))
  if (state === 'recent') {
    tasks.sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))
    return { tasks, cursor: null, total: tasks.length, isSampled: page.isSampled === true }
  }
  return {
    // The list that a task is in says where it stands: one that is due may not have been moved yet.
    tasks: tasks.map((task) => ({ ...task, state })),
    cursor: page.cursor,
    total: state === 'failed' ? look.failed : look.sizes[state],
  }
}
