import type { ClaimedTask } from '../../broker.js'
import { STATE } from '../database/schema.js'
import type { Batch } from './batches.js'
import { findTask } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { TaskRow } from './task-rows.js'
import { noteOf } from './task-rows.js'

/** Whether another program has deleted rows of tasks that are held in the batch. */
export function hasLostTasks(transaction: QueueTransaction, { first, last, left }: Batch): boolean {
  const sql = transaction.sql('SELECT count(*) AS count FROM task WHERE seq BETWEEN ? AND ? AND state = 2')
  return (sql.get(first, last) as { count: number }).count < left
}

const INSERT = `INSERT OR IGNORE INTO task
  (seq, queue, id, state, priority, job, tags, queued_at, due, runs, crashes, inboxes, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** Writes the row of a held task again, from its worker's copy. Progress and attempts of earlier runs are lost with the row. */
export function restoreTask(transaction: QueueTransaction, task: ClaimedTask, seq: number): TaskRow | undefined {
  const { id, priority, job, tags, queuedAt, dueAt, run, crashes, body } = task
  transaction
    .sql(INSERT)
    .run(
      seq,
      transaction.id,
      id,
      STATE.inOrder,
      priority,
      job,
      tags.length === 0 ? null : JSON.stringify(tags),
      queuedAt,
      dueAt === queuedAt ? null : dueAt,
      run - 1,
      crashes,
      noteOf(task)?.inboxes ?? null,
      body,
    )
  return findTask(transaction, id)
}
