import { isGeneratedId, queueTag, retryId, tagOfId } from '../model/task-id.js'
import type { TaskRecord } from '../model/task-record.js'
import type { Broker } from '../stores/broker.js'
import { toError } from '../util/thrown.js'
import { isOfStore } from './read-each.js'

/** Most retries of one task that are looked for. */
const MOST_RETRIES = 20

/**
 * A task by its id, in whichever queue it is: in those of its tag first, then in all others. Null: there is none.
 *
 * @throws what has kept a queue from being read, where none of the others has it: {@link LayoutVersionError} where another version
 * wrote it, {@link KeyTypeError} where another program did
 */
export async function findRecord(broker: Broker, id: string): Promise<TaskRecord | null> {
  const queues = await broker.queues()
  const likely = isGeneratedId(id) ? queues.filter((queue) => queueTag(queue) === tagOfId(id)) : []
  let unread: Error | null = null
  for (const queue of [...likely, ...queues.filter((each) => !likely.includes(each))]) {
    try {
      const [record] = await broker.get(queue, [id])
      if (record) return record
    } catch (error) {
      if (isOfStore(error)) throw error
      unread ??= toError(error)
    }
  }
  if (unread !== null) throw unread
  return null
}

/** Ids of the retries of a task that its queue knows, the first one first. */
export async function retriesOf(broker: Broker, queue: string, id: string): Promise<string[]> {
  const ids: string[] = []
  for (let next = retryId(id); ids.length < MOST_RETRIES; next = retryId(next)) ids.push(next)
  const records = await broker.get(queue, ids)
  const end = records.findIndex((record) => record === null)
  return end < 0 ? ids : ids.slice(0, end)
}
