import { FORGET_AFTER } from '../../policy.js'
import { forgetSweeps, leaseKey, leasedWorkers } from './leases.js'
import type { Store } from '../store.js'
import type { QueueTransaction } from './queue-transaction.js'

/** Most queues that one pass forgets. */
const FORGOTTEN_AT_ONCE = 20

/**
 * Forgets queues that have been unused for long, have no task and no worker. Else the queues of nodes that are gone would pile
 * up. A queue that is paused or has a schedule stays: both are wishes of somebody. Finished records keep a queue, too.
 */
export function forgetUnused(transaction: QueueTransaction): void {
  const { store, now, id } = transaction
  const unused = transaction
    .sql(
      `SELECT id, namespace, name FROM queue AS q WHERE used_at < ? AND id <> ? AND paused = 0
       AND NOT EXISTS (SELECT 1 FROM task WHERE queue = q.id) AND NOT EXISTS (SELECT 1 FROM worker WHERE queue = q.id)
       AND NOT EXISTS (SELECT 1 FROM tick WHERE queue = q.id) LIMIT 0 + ?`,
    )
    .all(now - FORGET_AFTER, id, FORGOTTEN_AT_ONCE) as { id: number; namespace: string; name: string }[]
  for (const queue of unused) {
    const key = leaseKey(queue.namespace, queue.name)
    if (leasedWorkers(store.leases, key).length > 0) continue
    forgetSweeps(store.leases, key)
    for (const table of ['track', 'problem']) {
      transaction.sql(`DELETE FROM ${table} WHERE queue = ?`).run(queue.id)
    }
    transaction.sql('DELETE FROM queue WHERE id = ?').run(queue.id)
    transaction.afterCommit(() => void forgetTotals(store, key))
  }
}

/** What is only for looking is in a file of its own: where it cannot be forgotten, the queue is all the same. Its series expire. */
async function forgetTotals({ metrics }: Store, key: string): Promise<void> {
  try {
    await metrics.write(() => {
      for (const table of ['total', 'recent', 'watched']) metrics.sql(`DELETE FROM ${table} WHERE queue = ?`).run(key)
    })
  } catch {
    // As above.
  }
}
