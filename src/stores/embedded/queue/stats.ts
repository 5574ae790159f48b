import type { QueueStats } from '../../broker.js'
import { queueStats } from '../tables/queue-rows.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Reads the counters of a queue. */
export async function stats(session: EmbeddedSession, queue: string): Promise<QueueStats> {
  return await session.read(queue, queueStats)
}
