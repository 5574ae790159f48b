import type { StoredTick } from '../../operations-store.js'
import { pauseKey, readPause, resumedKey } from '../../schedule-pauses.js'
import { checkWithin, timesAt } from '../tables/unreadable.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'

/** A row of the schedules: a tick, and the pause of its job where there is one. */
interface Row {
  readonly job: string
  readonly at: number
  readonly schedule: string
  readonly since: number | null
  readonly pause: string | null
  readonly resumed: number | null
}

/** Reads the schedules of a queue. */
export async function schedules(session: EmbeddedSession, queue: string): Promise<readonly StoredTick[]> {
  const now = session.store.clock.now()
  const times = timesAt(now)
  const rows = await session.read(queue, (db, id) => {
    const found = db
      .sql(
        `SELECT t.job, t.last AS at, t.schedule, p.last AS since, p.schedule AS pause, r.last AS resumed
             FROM tick t LEFT JOIN tick p ON p.queue = t.queue AND p.job = ? || t.job
                         LEFT JOIN tick r ON r.queue = t.queue AND r.job = ? || t.job
            WHERE t.queue = ? AND substr(t.job, 1, 1) <> ? ORDER BY t.job`,
      )
      .all(pauseKey(''), resumedKey(''), id, pauseKey('')) as unknown as Row[]
    for (const { at, since, resumed } of found) {
      for (const time of [at, since, resumed]) checkWithin(time ?? now, times)
    }
    return found
  })
  return rows.map(({ since, pause, resumed, ...tick }) => ({
    ...tick,
    ...(since !== null && pause !== null && { paused: readPause(since, pause) }),
    ...(resumed !== null && { resumedAt: resumed }),
  }))
}
