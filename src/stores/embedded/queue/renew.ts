import type { RenewReply } from '../../broker.js'
import { renewLease } from '../tables/leases.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Extends the lease of a worker. Uses leases.db only, so that it never waits for writers of tasks. */
export async function renew(session: EmbeddedSession, queue: string, worker: string): Promise<RenewReply> {
  return await session.transactLeases(queue, (leases, key) => renewLease(leases, key, worker))
}
