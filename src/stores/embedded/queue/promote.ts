import type { QueueTransaction } from '../tables/queue-transaction.js'
import { wakeIdle } from '../tables/wake-idle.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Makes delayed tasks due now, before all others of their priority, in order. */
export async function promote(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
): Promise<readonly boolean[]> {
  if (!(await session.isKnown(queue))) return ids.map(() => false)
  return await session.transact(queue, (transaction) => {
    // From the last to the first, since each task goes to the head of the queue.
    const promoted = ids.toReversed().map((id) => promoteTask(transaction, id))
    wakeIdle(transaction)
    return promoted.reverse()
  })
}

/** @returns whether the task was delayed, or is with a worker, which may be about to delay it */
function promoteTask(transaction: QueueTransaction, id: string): boolean {
  const { id: queueId, now } = transaction
  const promoted = transaction
    .sql('UPDATE task SET state = 0, position = ?, due = ? WHERE queue = ? AND id = ? AND state = 1')
    .run(transaction.nextHead(), now, queueId, id)
  if (promoted.changes === 1) return true
  return transaction.sql('SELECT 1 FROM task WHERE queue = ? AND id = ? AND state = 2').get(queueId, id) !== undefined
}
