import { LOOK_OVERDUE } from '../../policy.js'
import { holdsAny } from './find-tasks.js'
import type { IdleWorker } from './idle-worker.js'
import { idleWorkers, leaveIdle, noteWoken } from './idle-workers.js'
import type { QueueTransaction } from './queue-transaction.js'
import { countSuspects } from './suspects.js'

/**
 * Wakes idle workers. Every verb that may have made a task ready, or due earlier, ends with this step. Afterwards workers are
 * being woken that have free slots for all ready tasks, or none is left. One of the other idle workers claims again when the
 * next delayed task is due.
 */
export function wakeIdle(transaction: QueueTransaction): void {
  if (transaction.paused || !transaction.hasIdle) return
  const idle = idleWorkers(transaction)
  if (idle.length === 0) return
  const slots = slotsOf(idle)
  const [apart, beside] = countSuspects(transaction, slots)
  let plain = transaction.tracks.ready + countReturned(transaction, slots) + beside
  let suspects = apart
  const onTheirWay = idle.filter((row) => isOnItsWay(transaction, row))
  plain -= slotsOf(onTheirWay)
  const left = idle.filter((row) => {
    if (row.woken !== null) return false
    const getsSuspect = suspects > 0 && !holdsAny(transaction, row.worker)
    if (!getsSuspect && plain <= 0) return true
    if (!wake(transaction, row)) return false
    if (getsSuspect) suspects -= 1
    else plain -= row.slots
    return false
  })
  // One worker looks, though it holds something, and hears when the suspects run beside others.
  if (transaction.hasNewSuspects && suspects > 0) left.splice(0, 1).forEach((row) => wake(transaction, row))
  setNextTimer(transaction, left)
}

function slotsOf(idle: readonly IdleWorker[]): number {
  return idle.reduce((sum, { slots }) => sum + slots, 0)
}

/** Whether a worker was woken, and may still be about to call. One that does not call soon is waited for no longer. */
function isOnItsWay(transaction: QueueTransaction, { worker, woken }: IdleWorker): boolean {
  if (woken === null) return false
  if (Math.abs(transaction.now - woken) <= LOOK_OVERDUE) return true
  leaveIdle(transaction, worker)
  return false
}

/** Makes one idle worker claim again when the next delayed task is due, unless one does already. */
function setNextTimer(transaction: QueueTransaction, idle: readonly IdleWorker[]): void {
  const delay = idle.length === 0 ? null : transaction.nextDue
  if (delay === null) return
  const { now } = transaction
  if (idle.some(({ due }) => due !== null && due <= now + delay && due > now - LOOK_OVERDUE)) return
  for (const row of idle) if (wake(transaction, row)) return
}

/** @returns false where the worker's process is gone */
function wake(transaction: QueueTransaction, row: IdleWorker): boolean {
  const { worker } = row
  if (!transaction.announcements.tellWorker(worker, { kind: 'wake', queue: transaction.name })) {
    leaveIdle(transaction, worker)
    return false
  }
  noteWoken(transaction, row)
  return true
}

function countReturned(transaction: QueueTransaction, limit: number): number {
  if (!transaction.hasReturned) return 0
  const sql = 'SELECT count(*) AS count FROM (SELECT 1 FROM task WHERE queue = ? AND state = 4 LIMIT 0 + ?)'
  return (transaction.sql(sql).get(transaction.id, limit) as { count: number }).count
}
