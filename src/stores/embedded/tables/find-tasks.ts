import type { TaskRecord } from '../../../model/task-record.js'
import { STATE } from '../database/schema.js'
import type { Batch } from './batches.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { TaskRow } from './task-rows.js'
import { recordOf, SELECT_TASK } from './task-rows.js'

/** A task, live or finished. A finished task whose time to live is over is deleted. */
export function findTask(transaction: QueueTransaction, id: string): TaskRow | undefined {
  const row = transaction.sql(`${SELECT_TASK} WHERE t.queue = ? AND t.id = ?`).get(transaction.id, id)
  const task = row as TaskRow | undefined
  if (task?.state !== STATE.done || task.expires_at > transaction.now) return task
  transaction.sql('DELETE FROM task WHERE seq = ?').run(task.seq)
  return undefined
}

/** The record of a row that is there. */
export function recordOfRow(transaction: QueueTransaction, seq: number): TaskRecord {
  return recordOf(transaction.sql(`${SELECT_TASK} WHERE t.seq = ?`).get(seq) as TaskRow, transaction.name)
}

/** A task that a worker holds. */
export interface HeldTaskRow {
  readonly row: TaskRow
  readonly batch: Batch
}

/** The tasks that a worker holds, in the order in which it claimed them. */
export function tasksHeldBy(transaction: QueueTransaction, worker: string): readonly HeldTaskRow[] {
  const sql = transaction.sql(`${SELECT_TASK} WHERE t.seq BETWEEN ? AND ? AND t.state = 2 ORDER BY t.seq`)
  return transaction.batches.ofWorker(worker).flatMap((batch) => {
    const rows = sql.all(batch.first, batch.last) as unknown as TaskRow[]
    return rows.map((row) => ({ row, batch }))
  })
}

/** Whether a worker holds any task. */
export function holdsAny(transaction: QueueTransaction, worker: string): boolean {
  const sql = transaction.sql('SELECT 1 FROM batch WHERE queue = ? AND worker = ? LIMIT 1')
  return sql.get(transaction.id, worker) !== undefined
}

/** Whether a worker holds a suspect. */
export function holdsSuspect(transaction: QueueTransaction, worker: string): boolean {
  const sql = transaction.sql('SELECT 1 FROM batch WHERE queue = ? AND worker = ? AND suspect = 1 LIMIT 1')
  return sql.get(transaction.id, worker) !== undefined
}
