import { FAILURE } from '../../../model/task-state.js'
import type { ReclaimOptions, ReclaimReply } from '../../broker.js'
import { CHUNK_TASKS } from '../../policy.js'
import { endTask } from '../tables/end-tasks.js'
import { pruneFinished } from '../tables/prune-finished.js'
import type { HeldTaskRow } from '../tables/find-tasks.js'
import { tasksHeldBy } from '../tables/find-tasks.js'
import { forgetUnused } from '../tables/forget-queues.js'
import type { LeaseRow } from '../tables/leases.js'
import {
  closeCondemned,
  condemnLease,
  condemnUnleased,
  expiredLeases,
  isGraceOver,
  leasedWorkers,
  noteSweep,
  suspectLease,
} from '../tables/leases.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { requeueTask } from '../tables/requeue-tasks.js'
import { suspectMark } from '../tables/suspects.js'
import type { TaskRow } from '../tables/task-rows.js'
import { wakeIdle } from '../tables/wake-idle.js'
import { knownWorkers, removeWorker } from '../tables/workers.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Most rows of `expiry` that one pass deletes. */
const PRUNED_AT_ONCE = 20

/** The result of one pass, while it runs. */
interface Pass {
  readonly condemned: string[]
  readonly failed: string[]
  requeued: number
  more: boolean
}

/**
 * Makes one pass over the expired workers of a queue: suspects them, or condemns them and requeues their tasks. Leases are in
 * another file than tasks. So a condemnation is written before the tasks are moved; after the commit, the pass also writes
 * that all of them have moved.
 */
export async function reclaim(session: EmbeddedSession, queue: string, options: ReclaimOptions): Promise<ReclaimReply> {
  // The list of queues that its caller goes through may name one that was forgotten meanwhile.
  return await session.transactKnown(queue, { condemned: [], requeued: 0, failed: [], more: false }, (transaction) => {
    const hasExpired = pruneFinished(transaction, PRUNED_AT_ONCE)
    const pass = makePass(transaction, options)
    wakeIdle(transaction)
    forgetUnused(transaction)
    return { ...pass, more: pass.more || hasExpired }
  })
}

function makePass(transaction: QueueTransaction, options: ReclaimOptions): Pass {
  const { leases } = transaction.store
  const { leaseKey } = transaction
  const pass: Pass = { condemned: [], failed: [], requeued: 0, more: false }
  const emptied: string[] = []
  condemnUnleasedWorkers(transaction)
  const expired = expiredLeases(leases, leaseKey)
  if (expired.length > 0) noteSweep(leases, leaseKey)
  for (const lease of expired) {
    if (lease.condemned === 0 && !condemn(transaction, lease, options.grace, pass)) continue
    removeWorker(transaction, lease.worker)
    if (!requeueHeld(transaction, lease, options, pass)) continue
    transaction.batches.forget(lease.worker)
    emptied.push(lease.worker)
  }
  transaction.afterCommit(() => {
    if (emptied.length === 0) return
    // If this write fails, the next pass finds no task to requeue, and writes it.
    leases
      .write(() => {
        closeCondemned(leases, leaseKey, emptied)
      })
      .catch(() => undefined)
  })
  return pass
}

/** After leases.db was lost, workers have joined that have no lease. */
function condemnUnleasedWorkers(transaction: QueueTransaction): void {
  const { store, leaseKey } = transaction
  const leased = new Set(leasedWorkers(store.leases, leaseKey))
  for (const worker of knownWorkers(transaction)) {
    if (!leased.has(worker)) condemnUnleased(store.leases, leaseKey, worker)
  }
}

/** @returns whether the worker is condemned now */
function condemn({ store, leaseKey }: QueueTransaction, lease: LeaseRow, grace: number, pass: Pass): boolean {
  if (!isGraceOver(lease, grace)) {
    suspectLease(store.leases, leaseKey, lease.worker)
    pass.more = true
    return false
  }
  if (!condemnLease(store.leases, leaseKey, lease.worker)) return false
  pass.condemned.push(lease.worker)
  return true
}

/**
 * Requeues a condemned worker's tasks at the head of the queue, from the last to the first, since each goes before the others.
 *
 * @returns whether nothing is left
 */
function requeueHeld(transaction: QueueTransaction, lease: LeaseRow, options: ReclaimOptions, pass: Pass): boolean {
  const tasks = tasksHeldBy(transaction, lease.worker)
  if (tasks.length === 0) return true
  const room = Math.max(0, CHUNK_TASKS - pass.requeued - pass.failed.length)
  // A last task is not left for the next pass, which would think that it had been held alone.
  const chunk = tasks.length <= room + 1 ? tasks : room === 0 ? [] : tasks.slice(-room)
  const running = runningOf(tasks, lease.slots)
  const isAlone = tasks.length === 1
  for (const task of chunk.toReversed()) {
    const { row } = task
    const isSuspect = running.has(task)
    // Only a task that was held alone is to blame for certain.
    const crashes = isSuspect && isAlone ? row.crashes + 1 : row.crashes
    if (crashes < options.crashCap) {
      const suspect = isSuspect ? suspectMark(transaction.now, company(row, isAlone, running.size)) : row.suspect
      if (isSuspect) transaction.hasNewSuspects = true
      requeueTask(transaction, task, { delay: 0, crashes, suspect })
      transaction.count('reclaimed')
      pass.requeued += 1
      continue
    }
    const { outcome, ttl } = options
    endTask(transaction, row, { status: FAILURE, outcome, ttl, settled: row.fence ?? 0, crashes })
    pass.failed.push(row.id)
  }
  pass.more ||= chunk.length < tasks.length
  return chunk.length === tasks.length
}

/**
 * How many suspects run together with a task that may have been running: of those that ran together the root of their number, so that one
 * to blame is found by few deaths. A suspect whose process dies again runs alone.
 */
function company({ suspect }: TaskRow, isAlone: boolean, running: number): number {
  return isAlone || suspect > 0 ? 0 : Math.max(1, Math.floor(Math.sqrt(running)))
}

/**
 * The tasks that may have been running. A worker starts its tasks by priority, then by fence; so a task waits for its slot while
 * as many others as there are slots came before it, none of a lower priority.
 */
function runningOf(tasks: readonly HeldTaskRow[], slots: number): ReadonlySet<HeldTaskRow> {
  // By priority, with holes where there are none.
  const earlier: number[] = []
  const running = new Set<HeldTaskRow>()
  for (const task of tasks) {
    const { priority } = task.row
    const before = earlier.slice(priority).reduce((sum, count) => sum + count, 0)
    if (before < slots) running.add(task)
    earlier[priority] = (earlier[priority] ?? 0) + 1
  }
  return running
}
