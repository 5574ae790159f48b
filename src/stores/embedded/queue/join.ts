import type { LeaseState, WorkerSpec } from '../../broker.js'
import { grantLease } from '../tables/leases.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Makes a lease for a worker. */
export async function join(session: EmbeddedSession, queue: string, worker: WorkerSpec): Promise<LeaseState> {
  // In a transaction of queue.db: from now on the store knows the queue, and whoever reclaims at this moment waits.
  return await session.transact(queue, ({ store, leaseKey }) => grantLease(store.leases, leaseKey, worker))
}
