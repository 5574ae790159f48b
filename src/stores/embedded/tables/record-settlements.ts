import type { Settlement, Verdict } from '../../broker.js'
import { STATE } from '../database/schema.js'
import { endHeldTask } from './end-tasks.js'
import { findTask } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import { releaseTask, retryTask } from './requeue-tasks.js'
import type { TaskRow } from './task-rows.js'

/** Records the settlements of a worker. @returns the verdicts, in order */
export function recordSettlements(
  transaction: QueueTransaction,
  worker: string,
  settlements: readonly Settlement[],
): readonly Verdict[] {
  const released: { row: TaskRow; delay: number }[] = []
  const verdicts = settlements.map((settlement): Verdict => {
    if (settlement.kind === 'done' && endHeldTask(transaction, settlement, worker)) return 'recorded'
    const { id, fence } = settlement.task
    const row = findTask(transaction, id)
    if (!row) return 'unknown'
    if (row.state !== STATE.held || row.fence !== fence || row.worker !== worker) {
      return isRecorded(row, settlement) ? 'recorded' : 'stale'
    }
    if (settlement.kind === 'retry') retryTask(transaction, row, settlement.delay, settlement.outcome)
    else if (settlement.kind === 'release') released.push({ row, delay: settlement.delay })
    return 'recorded'
  })
  // From the last to the first, since each task goes to the head of the queue.
  for (const { row, delay } of released.reverse()) {
    // A task that the same call has also ended or retried is not released.
    if (released.length < settlements.length && findTask(transaction, row.id)?.state !== STATE.held) continue
    releaseTask(transaction, row, delay)
  }
  return verdicts
}

/** Whether a settlement was recorded earlier. Where the task is live, the earlier settlement was a retry or a release. */
function isRecorded(row: TaskRow, { kind, task: { fence } }: Settlement): boolean {
  const mayBeSame = row.state === STATE.done || kind !== 'done'
  return mayBeSame && row.settled === fence && row.fence === fence
}
