import type { FinalState } from '../../../model/task-state.js'
import { FAILURE, SUCCESS } from '../../../model/task-state.js'
import type { Encoded } from '../../../model/encoded.js'
import type { DoneSettlement } from '../../broker.js'
import { RESULT_TTL_FLOOR } from '../../policy.js'
import { recordOfRow } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { TaskRow } from './task-rows.js'
import { stored } from './task-rows.js'

/** The end of a task that no worker settles. */
export interface End {
  readonly status: FinalState
  readonly outcome: Encoded
  /** ms to keep the finished record. */
  readonly ttl: number
  /** The fence whose settlement counts as recorded from now on; 0: none. */
  readonly settled: number
}

/** Writes the final record of a task, wherever it is, and announces it. */
export function endTask(transaction: QueueTransaction, row: TaskRow, { status, outcome, ttl, settled }: End): void {
  transaction
    .sql(
      `UPDATE task SET state = 3, status = ?, outcome = ?, ended_at = ?, expires_at = ?, settled = ?, crashes = ?,
       suspect = 0 WHERE seq = ?`,
    )
    .run(status, stored(outcome), transaction.now, expiry(transaction, ttl), settled, row.crashes, row.seq)
  countEnd(transaction, status)
  announceEnd(transaction, row)
}

/** Writes the final record of a task that a worker holds. @returns false where the worker does not hold it under that fence */
export function endHeldTask(
  transaction: QueueTransaction,
  { task: { id, fence }, status, outcome, ttl }: DoneSettlement,
  worker: string,
): boolean {
  // Every task goes through here. RETURNING doubles the cost of the statement, so it is left out where nobody listens.
  const announces = transaction.announcements.hasListeners || transaction.hasAwaited
  const sql = transaction.sql(
    `UPDATE task SET state = 3, status = ?, outcome = ?, ended_at = ?, expires_at = ?, settled = fence, suspect = 0
     WHERE queue = ? AND id = ? AND state = 2 AND fence = ? AND worker = ?${announces ? ' RETURNING seq, inboxes' : ''}`,
  )
  const { now } = transaction
  const values = [status, stored(outcome), now, expiry(transaction, ttl), transaction.id, id, fence, worker] as const
  const row = announces ? (sql.get(...values) as Pick<TaskRow, 'seq' | 'inboxes'> | undefined) : undefined
  const isEnded = announces ? row !== undefined : sql.run(...values).changes > 0
  if (isEnded) countEnd(transaction, status)
  if (row) announceEnd(transaction, row)
  return isEnded
}

/** Deletes finished records whose time to live is over, in any queue. */
export function pruneFinished(transaction: QueueTransaction, limit: number): void {
  if (limit <= 0) return
  transaction
    .sql('DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE state = 3 AND expires_at <= ? LIMIT ?)')
    .run(transaction.now, limit)
}

function expiry(transaction: QueueTransaction, ttl: number): number {
  return transaction.later(Math.max(ttl, RESULT_TTL_FLOOR))
}

function countEnd(transaction: QueueTransaction, status: FinalState): void {
  transaction.count(status === SUCCESS ? 'succeeded' : status === FAILURE ? 'failed' : 'revoked')
}

function announceEnd(transaction: QueueTransaction, { seq, inboxes }: Pick<TaskRow, 'seq' | 'inboxes'>): void {
  const { announcements } = transaction
  if (inboxes !== null || announcements.hasListeners) announcements.ended(recordOfRow(transaction, seq), inboxes)
}
