import type { RetrySettlement } from '../../broker.js'
import { CHUNK_TASKS, MOST_ATTEMPTS } from '../../policy.js'
import { STATE } from '../database/schema.js'
import type { HeldTaskRow } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import { attemptsOf, stored } from './task-rows.js'
import { ASIDE } from './tracks.js'

/** Makes due tasks ready, in the order of their due times. */
export function makeDueReady(transaction: QueueTransaction): void {
  if (transaction.due === null || transaction.due > transaction.now) return
  const due = transaction
    .sql(
      'SELECT seq, priority, suspect FROM task WHERE queue = ? AND state = 3 AND due <= ? ORDER BY due, seq LIMIT 0 + ?',
    )
    .all(transaction.id, transaction.now, CHUNK_TASKS) as { seq: number; priority: number; suspect: number }[]
  const move = transaction.sql('UPDATE task SET seq = ?, state = 2 WHERE seq = ?')
  const suspected = transaction.sql('UPDATE task SET state = 5, place = ? WHERE seq = ?')
  for (const { seq, priority, suspect } of due) {
    const key = transaction.tracks.nextKey(priority)
    if (suspect === 0) move.run(key, seq)
    else {
      // It stands where the key is, and leaves the key itself unused.
      transaction.tracks.bury(priority)
      suspected.run(key, seq)
    }
  }
  transaction.delayedChanged()
}

/** How a held task waits again. */
export interface Requeued {
  /** ms until it is due; 0: at once. */
  readonly delay: number
  readonly crashes: number
  readonly suspect: number
  /** As of a release. */
  readonly unknownSince?: number | undefined
}

/**
 * Puts a held task back at the head of the queue, or delays it. The run does not count. Callers pass several tasks from the
 * last to the first.
 */
export function requeueTask(
  transaction: QueueTransaction,
  { row, batch }: HeldTaskRow,
  { delay, crashes, suspect, unknownSince }: Requeued,
): void {
  const isDelayed = delay > 0
  const ready = suspect > 0 ? STATE.suspected : STATE.returned
  transaction
    .sql(
      `UPDATE task SET state = ?, place = ?, due = ?, crashes = ?, suspect = ?, started_at = ?, settled = ?,
       refs = ${isDelayed ? '?' : 'ifnull(?, refs)'}, progress = NULL WHERE seq = ?`,
    )
    .run(
      isDelayed ? STATE.delayed : ready,
      isDelayed ? null : transaction.nextHead(),
      isDelayed ? transaction.later(delay) : row.due,
      crashes,
      suspect,
      batch.at,
      row.seq + batch.offset,
      unknownSince === undefined ? null : `u${String(unknownSince)}`,
      row.seq,
    )
  transaction.batches.release(batch, row.seq)
  if (isDelayed) transaction.delayedChanged()
  else if (suspect > 0) transaction.hasSuspects = true
  else transaction.hasReturned = true
}

/** Requeues a held task that its worker gives back. */
export function releaseTask(
  transaction: QueueTransaction,
  task: HeldTaskRow,
  { delay, unknownSince }: Pick<Requeued, 'delay' | 'unknownSince'>,
): void {
  requeueTask(transaction, task, { delay, unknownSince, crashes: task.row.crashes, suspect: task.row.suspect })
  transaction.count('released')
}

/** Lets a failed task wait for its next run, at the tail of the queue. */
export function retryTask(
  transaction: QueueTransaction,
  { row, batch }: HeldTaskRow,
  settlement: RetrySettlement,
): void {
  const { delay, outcome, attempt } = settlement
  const isDelayed = delay > 0
  const attempts = attempt ? JSON.stringify([...attemptsOf(row), attempt].slice(-MOST_ATTEMPTS)) : row.attempts
  transaction
    .sql(
      `UPDATE task SET seq = ?, state = ?, due = ?, runs = ?, suspect = 0, started_at = ?, settled = ?, attempts = ?,
       refs = NULL, outcome = ?, progress = NULL WHERE seq = ?`,
    )
    .run(
      transaction.tracks.nextKey(isDelayed ? ASIDE : row.priority),
      isDelayed ? STATE.delayed : STATE.inOrder,
      transaction.later(delay),
      row.runs + 1,
      batch.at,
      row.seq + batch.offset,
      attempts,
      stored(outcome),
      row.seq,
    )
  transaction.batches.end(batch)
  transaction.count('retried')
  if (isDelayed) transaction.delayedChanged()
}
