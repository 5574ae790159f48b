import type { DoneSettlement, ReleaseSettlement, Settlement, Verdict } from '../../broker.js'
import { STATE } from '../database/schema.js'
import type { Batch } from './batches.js'
import { ENDED_TOGETHER, endHeldTask, endHeldTogether } from './end-tasks.js'
import { findTask } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import { noteProblem } from './problems.js'
import { releaseTask, retryTask } from './requeue-tasks.js'
import { hasLostTasks, restoreTask } from './restore-task.js'
import type { TaskRow } from './task-rows.js'
import { noteOf } from './task-rows.js'

interface Released {
  readonly seq: number
  readonly settlement: ReleaseSettlement
}

/**
 * Records the settlements of a worker.
 *
 * @param isTogether - whether the ends of like tasks are recorded together
 * @returns the verdicts, in order
 * @throws {@link NotHeldError} where one of those that were recorded together is not held any more
 */
export function recordSettlements(
  transaction: QueueTransaction,
  worker: string,
  settlements: readonly Settlement[],
  isTogether: boolean,
): readonly Verdict[] {
  const released: Released[] = []
  const verdicts: Verdict[] = []
  while (verdicts.length < settlements.length) {
    const ended = isTogether ? endTogether(transaction, worker, settlements, verdicts.length) : 0
    for (let i = 0; i < ended; i++) verdicts.push('recorded')
    const settlement = settlements[verdicts.length]
    if (ended === 0 && settlement) verdicts.push(recordOne(transaction, worker, settlement, released))
  }
  // From the last to the first, since each task goes to the head of the queue.
  for (const each of released.reverse()) release(transaction, each)
  return verdicts
}

function recordOne(
  transaction: QueueTransaction,
  worker: string,
  settlement: Settlement,
  released: Released[],
): Verdict {
  if (settlement.kind === 'done') {
    const found = batchOfNote(transaction, worker, settlement)
    if (found && endHeldTask(transaction, settlement, ...found)) {
      noteProblem(transaction, settlement)
      return 'recorded'
    }
  }
  return recordById(transaction, worker, settlement, released)
}

/** Records the ends of the next tasks together, if they are alike. @returns their number */
function endTogether(
  transaction: QueueTransaction,
  worker: string,
  settlements: readonly Settlement[],
  from: number,
): number {
  const ends: DoneSettlement[] = []
  const seqs: number[] = []
  let batch: Batch | null = null
  for (let i = from; i < from + ENDED_TOGETHER; i++) {
    const settlement = settlements[i]
    if (settlement?.kind !== 'done') return 0
    const [first = settlement] = ends
    if (settlement.status !== first.status || settlement.ttl !== first.ttl) return 0
    const found = batchOfNote(transaction, worker, settlement)
    if (found === null || (batch !== null && found[0] !== batch)) return 0
    batch = found[0]
    ends.push(settlement)
    seqs.push(found[1])
  }
  if (batch === null) return 0
  endHeldTogether(transaction, ends, batch, seqs)
  for (const settlement of ends) noteProblem(transaction, settlement)
  return ends.length
}

/** The batch in which the worker holds the task, and its key, by the note of the claim. */
function batchOfNote(
  transaction: QueueTransaction,
  worker: string,
  { task }: Settlement,
): readonly [batch: Batch, seq: number] | null {
  const note = noteOf(task)
  if (note === null) return null
  const batch = transaction.batches.of(note.seq)
  return batch?.worker === worker && note.seq + batch.offset === task.fence ? [batch, note.seq] : null
}

function recordById(
  transaction: QueueTransaction,
  worker: string,
  settlement: Settlement,
  released: Released[],
): Verdict {
  const { id, fence } = settlement.task
  const row = findTask(transaction, id) ?? restored(transaction, worker, settlement)
  if (!row) return 'unknown'
  const batch = row.holder === worker && row.fence === fence ? transaction.batches.of(row.seq) : null
  if (!batch) return isRecorded(row, settlement) ? 'recorded' : 'stale'
  if (settlement.kind === 'done') endHeldTask(transaction, settlement, batch, row.seq)
  else if (settlement.kind === 'retry') retryTask(transaction, { row, batch }, settlement)
  else released.push({ seq: row.seq, settlement })
  noteProblem(transaction, settlement)
  return 'recorded'
}

/**
 * The row of a held task that another program has deleted: its worker has a copy, so neither an end nor a retry is lost. A release
 * has nothing to tell, and on Redis carries no copy.
 */
function restored(transaction: QueueTransaction, worker: string, settlement: Settlement): TaskRow | undefined {
  const found = batchOfNote(transaction, worker, settlement)
  if (!found || !hasLostTasks(transaction, found[0])) return undefined
  if (settlement.kind !== 'release') return restoreTask(transaction, settlement.task, found[1])
  transaction.batches.end(found[0])
  return undefined
}

/** Releases a task, unless the same call has also ended, retried or released it. */
function release(transaction: QueueTransaction, { seq, settlement }: Released): void {
  const sql = transaction.sql('SELECT seq, state, due, crashes, suspect FROM task WHERE seq = ?')
  const row = sql.get(seq) as TaskRow | undefined
  const batch = row?.state === STATE.inOrder ? transaction.batches.of(seq) : null
  if (row && batch) releaseTask(transaction, { row, batch }, settlement)
}

/** Whether a settlement was recorded earlier. Where the task is live, the earlier settlement was a retry or a release. */
function isRecorded(row: TaskRow, { kind, task: { fence } }: Settlement): boolean {
  const mayBeSame = row.state === STATE.done || kind !== 'done'
  return mayBeSame && row.settled === fence && row.holder === null
}
