import type { QueueTransaction } from './queue-transaction.js'

/** Records that a worker waits to be woken. @param delay - ms until it claims again by itself; null: never */
export function enterIdle(transaction: QueueTransaction, worker: string, delay: number | null): void {
  const { id, now } = transaction
  // The latest to become idle is woken last.
  const sql = transaction.sql(
    `INSERT INTO idle (queue, worker, since, due) VALUES (?, ?, ?, ?)
     ON CONFLICT (queue, worker) DO UPDATE SET due = excluded.due`,
  )
  sql.run(id, worker, now, delay === null ? null : now + delay)
}

export function leaveIdle(transaction: QueueTransaction, worker: string): void {
  transaction.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(transaction.id, worker)
}
