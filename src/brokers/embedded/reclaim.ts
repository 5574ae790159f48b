import { FAILURE } from '../../model/task-state.js'
import type { ReclaimOptions, ReclaimReply } from '../broker.js'
import type { LeaseRow } from './leases.js'
import { condemnLease, dropLease, expiredLeases, isDueToDie, suspectLease } from './leases.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { TaskRow } from './task-rows.js'

/** Most tasks that one pass moves. */
const CHUNK = 500

/** One pass over a queue's expired workers: a first look, or the condemnation and the moving of what it held. */
export function reclaim(queue: QueueTransaction, options: ReclaimOptions): ReclaimReply {
  const condemned: string[] = []
  const failed: string[] = []
  let requeued = 0
  let more = false
  for (const lease of expiredLeases(queue.store, queue.name)) {
    if (lease.condemned === 0) {
      if (!isDueToDie(lease, options.grace)) {
        suspectLease(queue.store, queue.name, lease.worker)
        more = true
        continue
      }
      if (!condemnLease(queue.store, queue.name, lease.worker)) continue
      condemned.push(lease.worker)
    }
    const room = CHUNK - requeued - failed.length
    const rows = queue.heldBy(lease.worker)
    const moved = moveBack(queue, lease, rows, room, options)
    failed.push(...moved.failed)
    requeued += moved.requeued
    if (rows.length > room) more = true
    else bury(queue, lease.worker)
  }
  return { condemned, requeued, failed, more }
}

/** Puts what a dead worker held back at the head of the queue. The last go first: a next chunk goes before them. */
function moveBack(
  queue: QueueTransaction,
  lease: LeaseRow,
  rows: readonly TaskRow[],
  room: number,
  options: ReclaimOptions,
): { failed: string[]; requeued: number } {
  // Tasks start in the order of their fences: only the first `slots` of them can have been running.
  const running = rows.slice(0, lease.slots)
  const lone = running.length === 1 ? running[0] : undefined
  const failed: string[] = []
  let requeued = 0
  for (const row of rows.slice(-room).reverse()) {
    const crashes = row === lone ? row.crashes + 1 : row.crashes
    queue.count('reclaimed')
    if (crashes >= options.crashCap) {
      queue.end({ ...row, crashes }, FAILURE, options.outcome, options.ttl, row.fence)
      queue.store.sql('UPDATE task SET crashes = ? WHERE seq = ?').run(crashes, row.seq)
      failed.push(row.id)
      continue
    }
    const suspect = running.includes(row) ? 1 : row.suspect
    queue.putBack(row, { delay: 0, runs: row.runs - 1, crashes, suspect })
    requeued += 1
  }
  return { failed, requeued }
}

/** Nothing is left of it but its condemnation, which goes too once nobody can come back under its name. */
function bury(queue: QueueTransaction, worker: string): void {
  queue.store.sql('DELETE FROM lane WHERE queue = ? AND worker = ?').run(queue.id, worker)
  queue.store.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(queue.id, worker)
  dropLease(queue.store, queue.name, worker)
}
