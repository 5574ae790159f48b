import type { LastTick, LastTicks } from '../../broker.js'
import { checkWithin, timesAt } from '../tables/unreadable.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Reads the last ticks of periodic jobs. */
export async function lastTicks(session: EmbeddedSession, queue: string, jobs: readonly string[]): Promise<LastTicks> {
  const { clock } = session.store
  return await session.read(queue, (db, id) => {
    const sql = db.sql('SELECT last AS at, schedule FROM tick WHERE queue = ? AND job = ?')
    const now = clock.now()
    const times = timesAt(now)
    const last = jobs.map((job) => {
      const tick = (sql.get(id, job) as LastTick | undefined) ?? null
      if (tick !== null) checkWithin(tick.at, times)
      return tick
    })
    return { last, now }
  })
}
