import type { ProgressUpdate } from '../../broker.js'
import { findTask } from '../tables/find-tasks.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { stored } from '../tables/task-rows.js'
import { hasJoined } from '../tables/workers.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Stores progress for tasks that the worker still holds. */
export async function progress(
  session: EmbeddedSession,
  queue: string,
  worker: string,
  updates: readonly ProgressUpdate[],
): Promise<readonly boolean[]> {
  return await session.transactKnown(
    queue,
    updates.map(() => false),
    (transaction) => {
      if (!hasJoined(transaction, worker)) return updates.map(() => false)
      return updates.map((update) => storeProgress(transaction, worker, update))
    },
  )
}

function storeProgress(
  transaction: QueueTransaction,
  worker: string,
  { id, fence, progress }: ProgressUpdate,
): boolean {
  const row = findTask(transaction, id)
  const batch = row?.holder === worker && row.fence === fence ? transaction.batches.of(row.seq) : null
  if (!row || !batch) return false
  transaction.sql('UPDATE task SET progress = ? WHERE seq = ?').run(stored(progress), row.seq)
  transaction.batches.change(batch)
  return true
}
