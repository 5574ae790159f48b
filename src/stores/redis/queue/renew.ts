import { isPulsarError } from '../../../errors.js'
import type { RenewReply } from '../../broker.js'
import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { RedisSession } from './redis-session.js'

/**
 * Extends a lease. A server that cannot save (MISCONF) refuses that, and lets nobody else take the tasks of the worker either: there the lease is
 * held for as long as it is not condemned. When the server writes again, a renewal comes before the second look of a reclaimer.
 */
export async function renew(session: RedisSession, queue: string, worker: string): Promise<RenewReply> {
  const args = { worker: bytesOf(escaped(worker)) }
  try {
    const reply = await session.run('queue/renew', queue, { args })
    return reply === 2 ? 'overdue' : reply === 1 ? 'held' : 'lost'
  } catch (error) {
    if (!isPulsarError(error, 'PQ_BROKER_FULL')) throw error
    return (await session.run('queue/renew-refused', queue, { args })) === 1 ? 'held' : 'lost'
  }
}
