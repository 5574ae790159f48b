import { LOOK_OVERDUE } from '../../policy.js'
import { nextDue } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'

interface IdleRow {
  readonly worker: string
  /** Time at which the worker claims again by itself, ms since the epoch. */
  readonly due: number | null
}

/**
 * Wakes idle workers. Every verb that may have made a task ready, or due earlier, ends with this step. Afterwards a wake is
 * under way for each ready task that an idle worker could claim. One of the other idle workers claims again when the next
 * delayed task is due.
 */
export function wakeIdle(transaction: QueueTransaction): void {
  if (transaction.paused) return
  const idle = transaction
    .sql('SELECT worker, due FROM idle WHERE queue = ? ORDER BY since')
    .all(transaction.id) as unknown as IdleRow[]
  if (idle.length === 0) return
  let plain = countReady(transaction, '= 0', idle.length)
  let suspects = countReady(transaction, '> 0', idle.length)
  const left = idle.filter((row) => {
    const getsSuspect = suspects > 0 && holdsNothing(transaction, row.worker)
    if (!getsSuspect && plain === 0) return true
    if (!wake(transaction, row)) return false
    if (getsSuspect) suspects -= 1
    else plain -= 1
    return false
  })
  setNextTimer(transaction, left)
}

/** Makes one idle worker claim again when the next delayed task is due, unless one does already. */
function setNextTimer(transaction: QueueTransaction, idle: readonly IdleRow[]): void {
  const delay = idle.length === 0 ? null : nextDue(transaction)
  if (delay === null) return
  const { now } = transaction
  if (idle.some(({ due }) => due !== null && due <= now + delay && due > now - LOOK_OVERDUE)) return
  for (const row of idle) if (wake(transaction, row)) return
}

/** @returns false where the worker's process is gone */
function wake(transaction: QueueTransaction, { worker }: IdleRow): boolean {
  transaction.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(transaction.id, worker)
  return transaction.announcements.tellWorker(worker, { kind: 'wake', queue: transaction.name })
}

function countReady(transaction: QueueTransaction, suspect: '= 0' | '> 0', limit: number): number {
  const sql = `SELECT count(*) AS count FROM (SELECT 1 FROM task WHERE queue = ? AND state = 0 AND suspect ${suspect} LIMIT ?)`
  return (transaction.sql(sql).get(transaction.id, limit) as { count: number }).count
}

function holdsNothing(transaction: QueueTransaction, worker: string): boolean {
  const sql = transaction.sql('SELECT 1 FROM task WHERE queue = ? AND worker = ? AND state = 2 LIMIT 1')
  return sql.get(transaction.id, worker) === undefined
}
