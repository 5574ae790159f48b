import type { QueueTransaction } from './queue-transaction.js'

interface ExpiryRow {
  readonly at: number
  readonly first: number
  readonly tasks: string
}

/**
 * Deletes finished records whose time to live is over, in any queue. A key in `expiry` may belong to a record that is gone
 * already.
 *
 * @param limit - number of rows of `expiry`
 * @returns whether more may be left
 */
export function pruneFinished(transaction: QueueTransaction, limit: number): boolean {
  if (!transaction.hasExpired) return false
  const { now } = transaction
  const rows = transaction
    .sql('SELECT at, first, tasks FROM expiry WHERE at <= ? ORDER BY at LIMIT 0 + ?')
    .all(now, limit)
  const tasks = transaction.sql(
    `DELETE FROM task WHERE seq IN (SELECT value FROM json_each(iif(json_valid(?1), ?1, '[]')))
     AND state = 6 AND expires_at <= ?2`,
  )
  const expiry = transaction.sql('DELETE FROM expiry WHERE at = ? AND first = ?')
  for (const row of rows as ExpiryRow[]) {
    tasks.run(row.tasks, now)
    expiry.run(row.at, row.first)
  }
  return rows.length === limit
}
