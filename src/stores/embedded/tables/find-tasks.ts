import type { TaskRecord } from '../../../model/task-record.js'
import { STATE } from '../database/schema.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { TaskRow } from './task-rows.js'
import { recordOf } from './task-rows.js'

/** A task, live or finished. A finished task whose time to live is over is deleted. */
export function findTask(transaction: QueueTransaction, id: string): TaskRow | undefined {
  const sql = transaction.sql('SELECT * FROM task WHERE queue = ? AND id = ?')
  const row = sql.get(transaction.id, id) as TaskRow | undefined
  if (row?.state !== STATE.done || row.expires_at > transaction.now) return row
  transaction.sql('DELETE FROM task WHERE seq = ?').run(row.seq)
  return undefined
}

/** The record of a row that is there. */
export function recordOfRow(transaction: QueueTransaction, seq: number): TaskRecord {
  return recordOf(transaction.sql('SELECT * FROM task WHERE seq = ?').get(seq) as TaskRow, transaction.name)
}

/** The tasks that a worker holds, in the order in which it claimed them. */
export function tasksHeldBy(transaction: QueueTransaction, worker: string): readonly TaskRow[] {
  const sql = transaction.sql('SELECT * FROM task WHERE queue = ? AND worker = ? AND state = 2 ORDER BY fence')
  return sql.all(transaction.id, worker) as unknown as TaskRow[]
}

/** ms to the next delayed task; null when there is none. */
export function nextDue(transaction: QueueTransaction): number | null {
  const sql = transaction.sql('SELECT due FROM task WHERE queue = ? AND state = 1 ORDER BY due LIMIT 1')
  const row = sql.get(transaction.id) as { due: number } | undefined
  return row ? Math.max(0, row.due - transaction.now) : null
}
