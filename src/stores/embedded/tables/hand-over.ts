import { HAND_OVER_BYTES } from '../../policy.js'
import { leaseGroups } from './claim-ready.js'
import { tasksHeldBy } from './find-tasks.js'
import { enterIdle, idleWorkers, leaveIdle } from './idle-workers.js'
import type { QueueTransaction } from './queue-transaction.js'
import { requeueTask } from './requeue-tasks.js'
import type { ReadyGroup } from './select-ready.js'
import type { ReadyRow } from './task-rows.js'
import { saveHandOff } from './workers.js'

/** Whether tasks that are about to be queued may be handed over: nothing may wait before them. */
export function canHandOver(transaction: QueueTransaction): boolean {
  if (!transaction.hasIdle || transaction.paused) return false
  const { tracks, hasReturned, hasSuspects, due, now } = transaction
  return tracks.ready === 0 && !hasReturned && !hasSuspects && (due === null || due > now)
}

/**
 * Leases tasks that were just queued, and are ready, to idle workers, in the transaction that queues them: a call less for each worker. Each gets
 * as many as it has free slots, in one message, or none where they are large. A worker that holds a task may be kept from
 * starting another one by the first, so it is woken instead: so is one that has free slots left.
 *
 * @param queued - the rows of those that are ready, in order
 */
export function handOver(transaction: QueueTransaction, queued: readonly ReadyRow[]): void {
  // Stable, so that the order in which they were queued stays.
  const ready = queued.toSorted((one, other) => other.priority - one.priority)
  for (const { worker, due, slots, takes, woken } of idleWorkers(transaction)) {
    if (ready.length === 0) return
    if (takes === 0 || woken !== null) continue
    const rows = ready.splice(0, slots)
    if (sizeOf(rows) > HAND_OVER_BYTES) return
    const { tasks, runs } = leaseGroups(transaction, worker, groupsOf(transaction, rows))
    leaveIdle(transaction, worker)
    const { announcements, name: queue } = transaction
    const { hasListeners } = announcements
    if (announcements.tellWorker(worker, { kind: 'handed', queue, tasks, hasListeners })) {
      saveHandOff(transaction, worker, runs)
      const left = slots - tasks.length
      if (left > 0) enterIdle(transaction, { worker, due, slots: left, takes: 0 })
    } else takeBack(transaction, worker)
  }
}

function sizeOf(rows: readonly ReadyRow[]): number {
  return rows.reduce((size, { body }) => size + body.length, 0)
}

/** The rows by their tracks, without a look at the store: nothing else is ready. */
function groupsOf({ tracks }: QueueTransaction, rows: readonly ReadyRow[]): readonly ReadyGroup[] {
  return tracks
    .withReady()
    .map((track) => ({ track, rows: rows.filter(({ priority }) => priority === track.priority) }))
    .filter((group) => group.rows.length > 0)
}

/** Its process is gone: the tasks go to somebody else. */
function takeBack(transaction: QueueTransaction, worker: string): void {
  for (const task of tasksHeldBy(transaction, worker).toReversed()) {
    requeueTask(transaction, task, { delay: 0, crashes: task.row.crashes, suspect: task.row.suspect })
  }
  transaction.batches.save()
}
