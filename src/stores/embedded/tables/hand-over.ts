import type { NewTask } from '../../broker.js'
import { HAND_OVER_BYTES } from '../../policy.js'
import { claimReady } from './claim-ready.js'
import { holdsAny, tasksHeldBy } from './find-tasks.js'
import { idleWorkers, leaveIdle } from './idle-workers.js'
import type { QueueTransaction } from './queue-transaction.js'
import { requeueTask } from './requeue-tasks.js'
import { saveHandOff } from './workers.js'

/** Whether tasks that are about to be queued may be handed over: nothing may wait before them. */
export function canHandOver(transaction: QueueTransaction, tasks: readonly NewTask[]): boolean {
  if (!transaction.hasIdle || transaction.paused) return false
  const { tracks, hasReturned, hasSuspects, due, now } = transaction
  if (tracks.ready > 0 || hasReturned || hasSuspects || (due !== null && due <= now)) return false
  return tasks.reduce((bytes, { body }) => bytes + body.length, 0) <= HAND_OVER_BYTES
}

/**
 * Leases tasks that were just queued to idle workers that hold nothing, in the transaction that queues them: a call less for
 * each worker. A worker that holds a task may be kept from starting another one by the first, so it is woken instead.
 */
export function handOver(transaction: QueueTransaction): void {
  for (const { worker, slots, takes, woken } of idleWorkers(transaction)) {
    if (transaction.tracks.ready <= 0) return
    if (takes === 0 || woken !== null || holdsAny(transaction, worker)) continue
    const { tasks, runs } = claimReady(transaction, worker, slots)
    if (tasks.length === 0) return
    leaveIdle(transaction, worker)
    const { announcements, name: queue } = transaction
    const { hasListeners } = announcements
    if (announcements.tellWorker(worker, { kind: 'handed', queue, tasks, hasListeners })) {
      saveHandOff(transaction, worker, runs)
    } else takeBack(transaction, worker)
  }
}

/** Its process is gone: the tasks go to somebody else. */
function takeBack(transaction: QueueTransaction, worker: string): void {
  for (const task of tasksHeldBy(transaction, worker).toReversed()) {
    requeueTask(transaction, task, { delay: 0, crashes: task.row.crashes, suspect: task.row.suspect })
  }
  transaction.batches.save()
}
