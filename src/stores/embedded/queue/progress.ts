import type { ProgressUpdate } from '../../broker.js'
import { isLeased } from '../tables/leases.js'
import { stored } from '../tables/task-rows.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Stores progress for tasks that the worker still holds. */
export async function progress(
  session: EmbeddedSession,
  queue: string,
  worker: string,
  updates: readonly ProgressUpdate[],
): Promise<readonly boolean[]> {
  return await session.transact(queue, (transaction) => {
    const { store, id: queueId, leaseKey } = transaction
    if (!isLeased(store.leases, leaseKey, worker)) return updates.map(() => false)
    const sql = transaction.sql(
      'UPDATE task SET progress = ? WHERE queue = ? AND id = ? AND fence = ? AND worker = ? AND state = 2',
    )
    return updates.map(({ id, fence, progress: value }) => {
      return sql.run(stored(value), queueId, id, fence, worker).changes === 1
    })
  })
}
