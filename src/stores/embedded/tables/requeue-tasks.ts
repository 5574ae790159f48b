import type { TaskState } from '../../../model/task-state.js'
import { QUEUED, RETRY } from '../../../model/task-state.js'
import type { Encoded } from '../../../model/encoded.js'
import { CHUNK_TASKS } from '../../policy.js'
import { STATE } from '../database/schema.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { TaskRow } from './task-rows.js'
import { stored } from './task-rows.js'

/** The header of a held task that waits again. */
export interface Requeued {
  /** ms until it is due; 0: at once. */
  readonly delay: number
  readonly runs: number
  readonly crashes: number
  readonly suspect: number
}

/** Makes due tasks ready, in the order of their due times. */
export function makeDueReady(transaction: QueueTransaction): void {
  const due = transaction
    .sql('SELECT seq FROM task WHERE queue = ? AND state = 1 AND due <= ? ORDER BY due, seq LIMIT ?')
    .all(transaction.id, transaction.now, CHUNK_TASKS) as { seq: number }[]
  const move = transaction.sql('UPDATE task SET state = 0, position = ? WHERE seq = ?')
  for (const { seq } of due) move.run(transaction.nextTail(), seq)
}

/** Puts a held task back at the head of the queue, or delays it. Callers pass several tasks from the last to the first. */
export function requeueTask(
  transaction: QueueTransaction,
  row: TaskRow,
  { delay, runs, crashes, suspect }: Requeued,
): void {
  const isDelayed = delay > 0
  const status: TaskState = runs > 0 ? RETRY : QUEUED
  transaction
    .sql(
      `UPDATE task SET state = ?, status = ?, position = ?, due = ?, runs = ?, crashes = ?, suspect = ?, worker = NULL,
       settled = fence WHERE seq = ?`,
    )
    .run(
      isDelayed ? STATE.delayed : STATE.ready,
      status,
      isDelayed ? 0 : transaction.nextHead(),
      isDelayed ? transaction.later(delay) : row.due,
      runs,
      crashes,
      suspect,
      row.seq,
    )
}

/** Requeues a held task whose run does not count. */
export function releaseTask(transaction: QueueTransaction, row: TaskRow, delay: number): void {
  requeueTask(transaction, row, { delay, runs: row.runs - 1, crashes: row.crashes, suspect: row.suspect })
  transaction.count('released')
}

/** Lets a failed task wait for its next run, at the tail of the queue. */
export function retryTask(transaction: QueueTransaction, row: TaskRow, delay: number, outcome: Encoded): void {
  const isDelayed = delay > 0
  transaction
    .sql(
      `UPDATE task SET state = ?, status = ?, position = ?, due = ?, outcome = ?, suspect = 0, worker = NULL,
       settled = fence WHERE seq = ?`,
    )
    .run(
      isDelayed ? STATE.delayed : STATE.ready,
      RETRY,
      isDelayed ? 0 : transaction.nextTail(),
      transaction.later(delay),
      stored(outcome),
      row.seq,
    )
  transaction.count('retried')
}
