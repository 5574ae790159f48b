import { tasksHeldBy } from '../tables/find-tasks.js'
import { endLease } from '../tables/leases.js'
import { releaseTask } from '../tables/requeue-tasks.js'
import { wakeIdle } from '../tables/wake-idle.js'
import { removeWorker } from '../tables/workers.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Ends a lease. The tasks that the worker still holds are released. */
export async function leave(session: EmbeddedSession, queue: string, worker: string): Promise<void> {
  await giveBack(session, queue, worker)
  // Ended only after the commit: if this process dies before, others find the worker's tasks by its lease.
  await session.transactLeases(queue, (leases, key) => {
    endLease(leases, key, worker)
  })
}

async function giveBack(session: EmbeddedSession, queue: string, worker: string): Promise<void> {
  await session.transactKnown(queue, undefined, (transaction) => {
    for (const task of tasksHeldBy(transaction, worker).toReversed()) releaseTask(transaction, task, { delay: 0 })
    transaction.batches.forget(worker)
    removeWorker(transaction, worker)
    transaction.touch()
    wakeIdle(transaction)
  })
}
