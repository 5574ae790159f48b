import type { QueueTransaction } from './queue-transaction.js'

interface IdleRow {
  readonly worker: string
  readonly due: number | null
}

/** A worker that should have looked this long ago has other things to do, ms. */
const OVERDUE = 100

/**
 * Ends every transaction that may have made something ready. Afterwards nothing is ready that an idle worker could take,
 * or a wake is under way; and one idle worker, if there is any, will look when the next delayed task is due.
 */
export function wakeIdle(queue: QueueTransaction): void {
  const idle = queue.store.queue
    .sql('SELECT worker, due FROM idle WHERE queue = ? ORDER BY since')
    .all(queue.id) as unknown as IdleRow[]
  if (idle.length === 0) return
  let plain = readyUpTo(queue, '= 0', idle.length)
  let suspects = readyUpTo(queue, '> 0', idle.length)
  const left = idle.filter((row) => {
    const takesSuspect = suspects > 0 && isEmptyHanded(queue, row.worker)
    if (!takesSuspect && plain === 0) return true
    if (!wake(queue, row)) return false
    if (takesSuspect) suspects -= 1
    else plain -= 1
    return false
  })
  arm(queue, left)
}

function arm(queue: QueueTransaction, idle: readonly IdleRow[]): void {
  const delay = idle.length === 0 ? null : queue.nextDue()
  if (delay === null) return
  const due = queue.now + delay
  if (idle.some((row) => row.due !== null && row.due <= due && row.due > queue.now - OVERDUE)) return
  for (const row of idle) if (wake(queue, row)) return
}

/** @returns whether it hears it: one whose process is gone is passed over */
function wake(queue: QueueTransaction, { worker }: IdleRow): boolean {
  queue.store.queue.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(queue.id, worker)
  return queue.tell(worker, { kind: 'wake', queue: queue.name })
}

function readyUpTo({ store, id }: QueueTransaction, suspect: '= 0' | '> 0', limit: number): number {
  const sql = `SELECT count(*) AS count FROM (SELECT 1 FROM task WHERE queue = ? AND state = 0 AND suspect ${suspect} LIMIT ?)`
  return (store.queue.sql(sql).get(id, limit) as { count: number }).count
}

function isEmptyHanded({ store, id }: QueueTransaction, worker: string): boolean {
  return (
    store.queue.sql('SELECT 1 FROM task WHERE queue = ? AND worker = ? AND state = 2 LIMIT 1').get(id, worker) ===
    undefined
  )
}
