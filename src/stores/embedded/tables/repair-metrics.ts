import type { DatabaseConnection } from '../database/database-connection.js'
import { FLAG, repaired, timesAt, within } from './unreadable.js'

/** What the caller of an observation numbers is its own. */
const SAFE = [0, Number.MAX_SAFE_INTEGER] as const

/** Makes the rows of metrics.db readable that another program has written. Runs in a transaction. */
export function repairMetrics(metrics: DatabaseConnection, now: number): void {
  const times = timesAt(now)
  metrics.sql(`UPDATE total SET ${repaired('succeeded_at', times, 'NULL')}`).run()
  metrics.sql(`UPDATE recent SET ${repaired('sampled', FLAG, '1')}, ${repaired('at', times, String(now))}`).run()
  metrics.sql(`DELETE FROM observer WHERE NOT (${within('seq', SAFE)} AND ${within('at', times)})`).run()
  metrics.sql(`UPDATE alert SET ${repaired('at', times, String(now))}`).run()
  metrics.sql(`DELETE FROM series WHERE NOT (${within('at', times)})`).run()
  metrics.sql(`UPDATE watched SET ${repaired('until', times, String(now))}`).run()
}
