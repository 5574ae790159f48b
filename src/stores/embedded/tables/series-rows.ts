import type { RunCounts } from '../../../model/run-counts.js'
import { addCounts, readCounts, writeCounts } from '../../../model/run-counts.js'
import { MOST_JOBS, MOST_RECENT, RECENT_TTL } from '../../policy.js'
import { intervalOf, OTHER_JOBS, SERIES_RINGS } from '../../series-rings.js'
import type { DatabaseConnection } from '../database/database-connection.js'

/** Name that stands for all jobs of a queue. */
export const WHOLE_QUEUE = ''

/** Adds what a job has done to its series and its totals. */
export function addJob(metrics: DatabaseConnection, queue: string, job: string, counts: RunCounts, now: number): void {
  const name = nameOf(metrics, queue, job)
  addToSeries(metrics, queue, name, counts, now)
  const known = metrics.sql('SELECT counts FROM total WHERE queue = ? AND job = ?').get(queue, name)
  metrics
    .sql(
      `INSERT INTO total (queue, job, counts, succeeded_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (queue, job)
       DO UPDATE SET counts = ?3, succeeded_at = coalesce(?4, succeeded_at)`,
    )
    .run(queue, name, sumOf(known, counts), counts.succeeded > 0 ? now : null)
}

/** A job beyond the most that have series of their own is one of the others. */
function nameOf(metrics: DatabaseConnection, queue: string, job: string): string {
  if (metrics.sql('SELECT 1 FROM total WHERE queue = ? AND job = ?').get(queue, job) !== undefined) return job
  const { count } = metrics.sql('SELECT count(*) AS count FROM total WHERE queue = ?').get(queue) as { count: number }
  return count < MOST_JOBS ? job : OTHER_JOBS
}

export function addToSeries(
  metrics: DatabaseConnection,
  queue: string,
  job: string,
  counts: RunCounts,
  now: number,
): void {
  const select = metrics.sql('SELECT counts FROM series WHERE queue = ? AND ring = ? AND job = ? AND at = ?')
  const insert = metrics.sql(
    `INSERT INTO series (queue, ring, job, at, counts) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (queue, ring, job, at) DO UPDATE SET counts = ?5`,
  )
  for (const [number, ring] of SERIES_RINGS.entries()) {
    const at = intervalOf(ring, now)
    insert.run(queue, number, job, at, sumOf(select.get(queue, number, job, at), counts))
  }
}

function sumOf(row: unknown, more: RunCounts): string {
  const counts = readCounts((row as { counts: string } | undefined)?.counts ?? '')
  addCounts(counts, more)
  return writeCounts(counts)
}

/** Lists tasks that have ended. @param ids - the last one at the end */
export function addRecent(
  metrics: DatabaseConnection,
  queue: string,
  ids: readonly string[],
  isComplete: boolean,
  now: number,
): void {
  if (ids.length === 0) return
  const insert = metrics.sql('INSERT INTO recent (queue, id, sampled, at) VALUES (?, ?, ?, ?)')
  for (const id of ids) insert.run(queue, id, isComplete ? 0 : 1, now)
  metrics.sql('DELETE FROM recent WHERE at < ?').run(now - RECENT_TTL)
  metrics
    .sql(
      `DELETE FROM recent WHERE queue = ?1 AND seq <=
       (SELECT seq FROM recent WHERE queue = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
    )
    .run(queue, MOST_RECENT)
}

/** Ids of tasks that have ended lately, the last one first, and whether some are missing among them. */
export async function recentEnds(
  metrics: DatabaseConnection,
  queue: string,
): Promise<{ readonly ids: readonly string[]; readonly isSampled: boolean }> {
  const rows = (await metrics.read(() =>
    metrics.sql('SELECT id, sampled FROM recent WHERE queue = ? ORDER BY seq DESC').all(queue),
  )) as { id: string; sampled: number }[]
  return { ids: rows.map(({ id }) => id), isSampled: rows.some(({ sampled }) => sampled === 1) }
}
