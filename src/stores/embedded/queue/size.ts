import type { QueueSizes } from '../../broker.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Counts the live tasks of a queue. */
export async function size(session: EmbeddedSession, queue: string): Promise<QueueSizes> {
  return await session.read(queue, (db, id) => {
    const count = (where: string): number => {
      const sql = db.sql(`SELECT count(*) AS count FROM task WHERE queue = ? AND ${where}`)
      return (sql.get(id) as { count: number }).count
    }
    // Two queries, because each uses its own index.
    const ready = count('state = 0 AND suspect = 0') + count('state = 0 AND suspect > 0')
    return { ready, delayed: count('state = 1'), held: count('state = 2') }
  })
}
