import { readCounts } from '../../../model/run-counts.js'
import type { QueueSample, StoredPoint, StoredSeriesQuery } from '../../kept-series.js'
import { WATCH_TTL } from '../../policy.js'
import { intervalOf, ringOf, SERIES_RINGS } from '../../series-rings.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { leaseKey } from '../tables/leases.js'
import { WHOLE_QUEUE } from '../tables/series-rows.js'

/** Series of a queue and of its jobs, in the order of the jobs. */
export async function series(
  session: EmbeddedSession,
  queue: string,
  { jobs, step, from, to, isWatching }: StoredSeriesQuery,
): Promise<readonly (readonly StoredPoint[])[]> {
  const { store, namespace } = session
  const { metrics } = store
  const key = leaseKey(namespace, queue)
  const now = store.clock.now()
  const ring = ringOf(step)
  const first = Math.max(intervalOf(ring, from), intervalOf(ring, now - ring.kept))
  if (isWatching) {
    await metrics.write(() => {
      metrics.sql('INSERT OR REPLACE INTO watched (queue, until) VALUES (?, ?)').run(key, now + WATCH_TTL)
    })
  }
  return await metrics.read(() => {
    const sql = metrics.sql(
      `SELECT at, counts, sample FROM series WHERE queue = ? AND ring = ? AND job = ? AND at BETWEEN ? AND ? ORDER BY at`,
    )
    const number = SERIES_RINGS.indexOf(ring)
    return jobs.map((job) =>
      (sql.all(key, number, job ?? WHOLE_QUEUE, first, Math.min(to, now)) as unknown as SeriesRow[]).map(pointOf),
    )
  })
}

interface SeriesRow {
  readonly at: number
  readonly counts: string
  readonly sample: string | null
}

function pointOf({ at, counts, sample }: SeriesRow): StoredPoint {
  return { at, counts: readCounts(counts), sample: sample === null ? null : (JSON.parse(sample) as QueueSample) }
}
