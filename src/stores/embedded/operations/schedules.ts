import type { StoredTick } from '../../operations-store.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'

/** Reads the schedules of a queue. */
export async function schedules(session: EmbeddedSession, queue: string): Promise<readonly StoredTick[]> {
  return await session.read(
    queue,
    (db, id) =>
      db
        .sql('SELECT job, last AS at, schedule FROM tick WHERE queue = ? ORDER BY job')
        .all(id) as unknown as StoredTick[],
  )
}
