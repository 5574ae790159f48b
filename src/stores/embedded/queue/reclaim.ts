import { FAILURE } from '../../../model/task-state.js'
import type { ReclaimOptions, ReclaimReply } from '../../broker.js'
import type { LeaseRow } from '../tables/leases.js'
import {
  buryLeases,
  condemnLease,
  condemnUnleased,
  expiredLeases,
  isDueToDie,
  isLeased,
  suspectLease,
} from '../tables/leases.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'

/** Tasks that one pass moves, about. */
const CHUNK = 500

/** What one pass has done. */
interface Pass {
  readonly condemned: string[]
  readonly failed: string[]
  requeued: number
  more: boolean
}

/**
 * One pass over a queue's expired workers: a first look, or the condemnation and the moving of what they held. Their
 * leases are in another file: a condemnation is there before tasks move, and the burial after that was committed.
 */
export function reclaim(queue: QueueTransaction, options: ReclaimOptions): ReclaimReply {
  const { store, leaseKey } = queue
  const pass: Pass = { condemned: [], failed: [], requeued: 0, more: false }
  const buried: string[] = []
  condemnOrphans(queue)
  for (const lease of expiredLeases(store, leaseKey)) {
    if (lease.condemned === 0 && !condemn(queue, lease, options.grace, pass)) continue
    if (!moveBack(queue, lease, options, pass)) continue
    store.queue.sql('DELETE FROM lane WHERE queue = ? AND worker = ?').run(queue.id, lease.worker)
    store.queue.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(queue.id, lease.worker)
    buried.push(lease.worker)
  }
  queue.after(() => {
    // One that is not buried is so by the next pass, which finds nothing to move.
    if (buried.length > 0)
      store.leases
        .write(() => {
          buryLeases(store, leaseKey, buried)
        })
        .catch(() => undefined)
  })
  return pass
}

function condemnOrphans({ store, leaseKey, id }: QueueTransaction): void {
  const holders = store.queue.sql('SELECT DISTINCT worker FROM task WHERE queue = ? AND state = 2').all(id)
  for (const { worker } of holders as { worker: string }[]) {
    if (!isLeased(store, leaseKey, worker)) condemnUnleased(store, leaseKey, worker)
  }
}

/** @returns whether it is condemned now */
function condemn({ store, leaseKey }: QueueTransaction, lease: LeaseRow, grace: number, pass: Pass): boolean {
  if (!isDueToDie(lease, grace)) {
    suspectLease(store, leaseKey, lease.worker)
    pass.more = true
    return false
  }
  if (!condemnLease(store, leaseKey, lease.worker)) return false
  pass.condemned.push(lease.worker)
  return true
}

/**
 * Puts what a dead worker held back at the head of the queue. The last go first: a next chunk goes before them.
 *
 * @returns whether nothing is left
 */
function moveBack(queue: QueueTransaction, lease: LeaseRow, options: ReclaimOptions, pass: Pass): boolean {
  const rows = queue.heldBy(lease.worker)
  if (rows.length === 0) return true
  const room = Math.max(0, CHUNK - pass.requeued - pass.failed.length)
  // One alone is not left for the next pass, which would take it for one that had run alone.
  const chunk = rows.length <= room + 1 ? rows : room === 0 ? [] : rows.slice(-room)
  // Tasks start in the order of their fences: only the first `slots` of them can have been running.
  const running = rows.slice(0, lease.slots)
  const lone = running.length === 1 ? running[0] : undefined
  for (const row of [...chunk].reverse()) {
    const crashes = row === lone ? row.crashes + 1 : row.crashes
    if (crashes < options.crashCap) {
      queue.count('reclaimed')
      const suspect = running.includes(row) ? queue.now : row.suspect
      queue.putBack(row, { delay: 0, runs: row.runs - 1, crashes, suspect })
      pass.requeued += 1
      continue
    }
    queue.end({ ...row, crashes }, FAILURE, options.outcome, options.ttl, row.fence)
    pass.failed.push(row.id)
  }
  pass.more ||= chunk.length < rows.length
  return chunk.length === rows.length
}
