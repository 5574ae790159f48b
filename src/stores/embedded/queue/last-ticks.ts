import type { LastTick, LastTicks } from '../../broker.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Reads the last ticks of periodic jobs. */
export async function lastTicks(session: EmbeddedSession, queue: string, jobs: readonly string[]): Promise<LastTicks> {
  const { clock } = session.store
  return await session.read(queue, (db, id) => {
    const sql = db.sql('SELECT last AS at, schedule FROM tick WHERE queue = ? AND job = ?')
    const last = jobs.map((job) => (sql.get(id, job) as LastTick | undefined) ?? null)
    return { last, now: clock.now() }
  })
}
