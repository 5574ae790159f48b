import type { LeaseState } from '../../broker.js'
import { renewLease } from '../tables/leases.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Extends the lease of a worker. Touches leases.db alone, so that it never waits for those who write tasks. */
export async function renew(session: EmbeddedSession, queue: string, worker: string): Promise<LeaseState> {
  return await session.transactLeases(queue, (leases, key) => renewLease(leases, key, worker))
}
