import type { QueueSizes } from '../../broker.js'
import { queueSizes } from '../tables/queue-sizes.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Counts the live tasks of a queue. */
export async function size(session: EmbeddedSession, queue: string): Promise<QueueSizes> {
  return await session.read(queue, queueSizes)
}
