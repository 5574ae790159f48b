import { queueNames } from '../tables/queue-rows.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Lists all queues that the store has seen. */
export async function queues(session: EmbeddedSession): Promise<readonly string[]> {
  const { queue: db } = session.store
  return await db.read(() => queueNames(db, session.namespace))
}
