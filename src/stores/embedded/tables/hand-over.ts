import { HAND_OVER_BYTES } from '../../policy.js'
import { leaseGroups } from './claim-ready.js'
import { tasksHeldBy } from './find-tasks.js'
import { idleWorkers, leaveIdle } from './idle-workers.js'
import type { QueueTransaction } from './queue-transaction.js'
import { requeueTask } from './requeue-tasks.js'
import type { ReadyGroup } from './select-ready.js'
import { selectReady } from './select-ready.js'
import { saveHandOff } from './workers.js'

/** Whether tasks that are about to be queued may be handed over: nothing may wait before them. */
export function canHandOver(transaction: QueueTransaction): boolean {
  if (!transaction.hasIdle || transaction.paused) return false
  const { tracks, hasReturned, hasSuspects, due, now } = transaction
  return tracks.ready === 0 && !hasReturned && !hasSuspects && (due === null || due > now)
}

/**
 * Leases tasks that were just queued to idle workers, in the transaction that queues them: a call less for each worker. Each gets
 * as many as it has free slots, in one message, or none where they are large. A worker that holds a task may be kept from
 * starting another one by the first, so it is woken instead.
 */
export function handOver(transaction: QueueTransaction): void {
  for (const { worker, slots, takes, woken } of idleWorkers(transaction)) {
    if (transaction.tracks.ready <= 0) return
    if (takes === 0 || woken !== null) continue
    const { groups } = selectReady(transaction, worker, slots)
    if (groups.length === 0 || sizeOf(groups) > HAND_OVER_BYTES) return
    const { tasks, runs } = leaseGroups(transaction, worker, groups)
    leaveIdle(transaction, worker)
    const { announcements, name: queue } = transaction
    const { hasListeners } = announcements
    if (announcements.tellWorker(worker, { kind: 'handed', queue, tasks, hasListeners })) {
      saveHandOff(transaction, worker, runs)
    } else takeBack(transaction, worker)
  }
}

function sizeOf(groups: readonly ReadyGroup[]): number {
  return groups.reduce((size, { rows }) => size + rows.reduce((sum, { body }) => sum + body.length, 0), 0)
}

/** Its process is gone: the tasks go to somebody else. */
function takeBack(transaction: QueueTransaction, worker: string): void {
  for (const task of tasksHeldBy(transaction, worker).toReversed()) {
    requeueTask(transaction, task, { delay: 0, crashes: task.row.crashes, suspect: task.row.suspect })
  }
  transaction.batches.save()
}
