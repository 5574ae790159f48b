import { readCounts } from '../../../model/run-counts.js'
import type { JobTotals } from '../../kept-series.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { leaseKey } from '../tables/leases.js'

/** What the jobs of a queue have done, by name. */
export async function totals(session: EmbeddedSession, queue: string): Promise<readonly JobTotals[]> {
  const key = leaseKey(session.namespace, queue)
  const sql = 'SELECT job, counts, succeeded_at FROM total WHERE queue = ? ORDER BY job'
  const rows = (await session.readableMetrics((metrics) => metrics.read(() => metrics.sql(sql).all(key)))) as {
    job: string
    counts: string
    succeeded_at: number | null
  }[]
  return rows.map(({ job, counts, succeeded_at: lastSuccess }) => ({ job, counts: readCounts(counts), lastSuccess }))
}
