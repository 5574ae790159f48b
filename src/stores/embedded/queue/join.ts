import type { LeaseState, WorkerSpec } from '../../broker.js'
import { grantLease } from '../tables/leases.js'
import { addWorker } from '../tables/workers.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Makes a lease for a worker. */
export async function join(session: EmbeddedSession, queue: string, worker: WorkerSpec): Promise<LeaseState> {
  // In a transaction of queue.db: it adds the queue to the store, and a reclaim of the queue waits for it.
  return await session.transact(queue, (transaction) => {
    const state = grantLease(transaction.store.leases, transaction.leaseKey, worker)
    if (state === 'held') addWorker(transaction, worker.id)
    return state
  })
}
