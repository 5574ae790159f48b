import { LOOK_OVERDUE } from '../../policy.js'
import { holdsAny } from './find-tasks.js'
import type { IdleRow } from './idle-workers.js'
import { idleWorkers, leaveIdle } from './idle-workers.js'
import type { QueueTransaction } from './queue-transaction.js'

/**
 * Wakes idle workers. Every verb that may have made a task ready, or due earlier, ends with this step. Afterwards as many
 * workers are being woken as have free slots for the ready tasks. One of the other idle workers claims again when the next
 * delayed task is due.
 */
export function wakeIdle(transaction: QueueTransaction): void {
  if (transaction.paused || !transaction.hasIdle) return
  const idle = idleWorkers(transaction)
  if (idle.length === 0) return
  const slots = idle.reduce((sum, row) => sum + row.slots, 0)
  let plain = transaction.tracks.ready + countReturned(transaction, slots)
  let suspects = countSuspects(transaction, idle.length)
  const left = idle.filter((row) => {
    const getsSuspect = suspects > 0 && !holdsAny(transaction, row.worker)
    if (!getsSuspect && plain <= 0) return true
    if (!wake(transaction, row)) return false
    if (getsSuspect) suspects -= 1
    else plain -= row.slots
    return false
  })
  setNextTimer(transaction, left)
}

/** Makes one idle worker claim again when the next delayed task is due, unless one does already. */
function setNextTimer(transaction: QueueTransaction, idle: readonly IdleRow[]): void {
  const delay = idle.length === 0 ? null : transaction.nextDue
  if (delay === null) return
  const { now } = transaction
  if (idle.some(({ due }) => due !== null && due <= now + delay && due > now - LOOK_OVERDUE)) return
  for (const row of idle) if (wake(transaction, row)) return
}

/** @returns false where the worker's process is gone */
function wake(transaction: QueueTransaction, { worker }: IdleRow): boolean {
  leaveIdle(transaction, worker)
  return transaction.announcements.tellWorker(worker, { kind: 'wake', queue: transaction.name })
}

function countReturned(transaction: QueueTransaction, limit: number): number {
  if (!transaction.hasReturned) return 0
  const sql = 'SELECT count(*) AS count FROM (SELECT 1 FROM task WHERE queue = ? AND state = 4 LIMIT ?)'
  return (transaction.sql(sql).get(transaction.id, limit) as { count: number }).count
}

function countSuspects(transaction: QueueTransaction, limit: number): number {
  if (!transaction.hasSuspects) return 0
  const sql = 'SELECT count(*) AS count FROM (SELECT 1 FROM task WHERE queue = ? AND suspect > 0 AND state = 5 LIMIT ?)'
  return (transaction.sql(sql).get(transaction.id, limit) as { count: number }).count
}
