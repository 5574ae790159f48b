import type { FinalState } from '../../../model/task-state.js'
import { FAILURE, SUCCESS } from '../../../model/task-state.js'
import type { TaskRecord } from '../../../model/task-record.js'
import type { Encoded } from '../../../model/encoded.js'
import type { DoneSettlement } from '../../broker.js'
import { RESULT_TTL_FLOOR } from '../../policy.js'
import { STATE } from '../database/schema.js'
import { BeginAnew } from '../database/transaction-queue.js'
import type { Value } from '../database/sqlite.js'
import type { Batch } from './batches.js'
import { recordOfRow } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { TaskRow } from './task-rows.js'
import { noteOf, stored } from './task-rows.js'

/** The end of a task that no worker settles. */
export interface End {
  readonly status: FinalState
  readonly outcome: Encoded
  /** ms to keep the finished record. */
  readonly ttl: number
  /** The fence whose settlement counts as recorded from now on; 0: none. */
  readonly settled: number
  readonly crashes: number
}

/** Writes the final record of a task, wherever it is, and announces it. */
export function endTask(transaction: QueueTransaction, row: TaskRow, end: End): void {
  const expires = expiry(transaction, end.ttl)
  transaction
    .sql(
      `UPDATE task SET state = 6, status = ?, outcome = ?, started_at = ?, ended_at = ?, expires_at = ?, settled = ?,
       worker = ?, runs = ?, crashes = ?, suspect = 0, place = NULL WHERE seq = ?`,
    )
    .run(
      end.status,
      stored(end.outcome),
      row.held_at ?? row.started_at,
      transaction.now,
      expires,
      end.settled,
      row.holder,
      row.holder === null ? row.runs : row.runs + 1,
      end.crashes,
      row.seq,
    )
  if (row.holder !== null) {
    const batch = transaction.batches.of(row.seq)
    if (batch) transaction.batches.end(batch)
  } else if (row.state === STATE.inOrder) transaction.tracks.bury(row.priority)
  else if (row.state === STATE.delayed) transaction.delayedChanged()
  transaction.expiries.add(expires, row.seq)
  countEnd(transaction, end.status)
  transaction.unseen.add(row.job, end.status)
  const { announcements } = transaction
  if (row.inboxes === null && !announcements.hasListeners) return
  announcements.ended(recordOfRow(transaction, row.seq), row.inboxes)
}

/** Writes the final record of a task that a worker holds in a batch. @returns false where it is not held any more */
export function endHeldTask(
  transaction: QueueTransaction,
  settlement: DoneSettlement,
  batch: Batch,
  seq: number,
): boolean {
  const { task, status, outcome, ttl } = settlement
  const expires = expiry(transaction, ttl)
  const { changes } = transaction
    .sql(
      `UPDATE task SET state = 6, status = ?, outcome = ?, started_at = ?, ended_at = ?, expires_at = ?, settled = ?,
       worker = ?, runs = runs + 1, suspect = 0 WHERE seq = ? AND state = 2 AND id = ?`,
    )
    .run(status, stored(outcome), batch.at, transaction.now, expires, seq + batch.offset, batch.worker, seq, task.id)
  if (changes === 0) return false
  noteEnd(transaction, settlement, batch, seq, expires)
  return true
}

/** Number of tasks whose ends one statement records: to run one costs as much as a row. */
export const ENDED_TOGETHER = 8
/** Number of the values that they share. */
const SHARED = 6
const PLACES = Array.from({ length: ENDED_TOGETHER }, (_, place) => place)
/** What the ends of several tasks have in common. */
const END = `UPDATE task SET state = 6, status = ?1, started_at = ?2, ended_at = ?3, expires_at = ?4, settled = seq + ?5,
  worker = ?6, runs = runs + 1, suspect = 0`

/** Ends of tasks whose keys follow each other: the first key, all ids, all outcomes. A sixth cheaper than that of any keys. */
const FIRST = SHARED + 1
const byPlace = (from: number): string =>
  `CASE seq - ?${String(FIRST)} ${PLACES.map((i) => `WHEN ${String(i)} THEN ?${String(from + i)}`).join(' ')} END`
const END_ROW = `${END}, outcome = ${byPlace(FIRST + 1 + ENDED_TOGETHER)}
  WHERE seq BETWEEN ?${String(FIRST)} AND ?${String(FIRST)} + ${String(ENDED_TOGETHER - 1)} AND state = 2 AND id = ${byPlace(FIRST + 1)}`

/** Ends of tasks of any keys: key, id and outcome of each. */
const ENDS = PLACES.map((i) => `(${[1, 2, 3].map((value) => `?${String(SHARED + 3 * i + value)}`).join(', ')})`)
const END_ANY = `${END}, outcome = v.column3
  FROM (VALUES ${ENDS.join(', ')}) AS v WHERE seq = v.column1 AND state = 2 AND id = v.column2`

/** One of several tasks whose ends were to be recorded together is not held any more: the write begins anew, with one task at a time. */
export class NotHeldError extends BeginAnew {}

/**
 * The same for {@link ENDED_TOGETHER} tasks of one batch, with one status and one time to live.
 *
 * @throws {@link NotHeldError}
 */
export function endHeldTogether(
  transaction: QueueTransaction,
  settlements: readonly DoneSettlement[],
  batch: Batch,
  seqs: readonly number[],
): void {
  const [first] = settlements
  if (first === undefined) return
  const expires = expiry(transaction, first.ttl)
  const shared: Value[] = [first.status, batch.at, transaction.now, expires, batch.offset, batch.worker]
  const [text, values] = isRow(seqs)
    ? [END_ROW, valuesOfRow(settlements, seqs)]
    : [END_ANY, valuesOfAny(settlements, seqs)]
  const { changes } = transaction.sql(text).run(...shared, ...values)
  if (changes !== settlements.length) throw new NotHeldError()
  settlements.forEach((settlement, i) => {
    noteEnd(transaction, settlement, batch, seqs[i] ?? 0, expires)
  })
}

function isRow(seqs: readonly number[]): boolean {
  const [first = 0] = seqs
  return seqs.every((seq, i) => seq === first + i)
}

function valuesOfRow(settlements: readonly DoneSettlement[], seqs: readonly number[]): Value[] {
  const values: Value[] = [seqs[0] ?? 0]
  for (const { task } of settlements) values.push(task.id)
  for (const { outcome } of settlements) values.push(stored(outcome))
  return values
}

function valuesOfAny(settlements: readonly DoneSettlement[], seqs: readonly number[]): Value[] {
  const values: Value[] = []
  settlements.forEach(({ task, outcome }, i) => values.push(seqs[i] ?? 0, task.id, stored(outcome)))
  return values
}

function noteEnd(
  transaction: QueueTransaction,
  settlement: DoneSettlement,
  batch: Batch,
  seq: number,
  expires: number,
): void {
  transaction.batches.end(batch)
  transaction.expiries.add(expires, seq)
  countEnd(transaction, settlement.status)
  announceHeld(transaction, settlement, batch, seq)
}

/** The worker has sent back what it claimed, so that nothing need be read, unless the row has more by now. */
function announceHeld(transaction: QueueTransaction, settlement: DoneSettlement, batch: Batch, seq: number): void {
  const { announcements } = transaction
  const note = noteOf(settlement.task)
  if (note?.seq === seq && batch.changed === 0) {
    if (note.inboxes === null && !announcements.hasListeners) return
    announcements.ended(recordOfHeld(transaction, settlement, batch), note.inboxes)
    return
  }
  const row = transaction.sql('SELECT inboxes FROM task WHERE seq = ?').get(seq) as Pick<TaskRow, 'inboxes'>
  if (row.inboxes === null && !announcements.hasListeners) return
  announcements.ended(recordOfRow(transaction, seq), row.inboxes)
}

function recordOfHeld({ name, now }: QueueTransaction, settlement: DoneSettlement, batch: Batch): TaskRecord {
  const { task, status, outcome } = settlement
  const { id, job, tags, priority, run, crashes, queuedAt, dueAt, body } = task
  return {
    header: {
      id,
      queue: name,
      job,
      tags,
      status,
      priority,
      runs: run,
      crashes,
      queuedAt,
      dueAt,
      startedAt: batch.at,
      endedAt: now,
      worker: batch.worker,
    },
    body,
    outcome,
    progress: null,
  }
}

function expiry(transaction: QueueTransaction, ttl: number): number {
  return transaction.later(Math.max(ttl, RESULT_TTL_FLOOR))
}

function countEnd(transaction: QueueTransaction, status: FinalState): void {
  transaction.count(status === SUCCESS ? 'succeeded' : status === FAILURE ? 'failed' : 'revoked')
}
