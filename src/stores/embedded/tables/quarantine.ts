import type { AfterCommit } from '../database/transaction-queue.js'
import type { Store } from '../store.js'
import { announceEnded } from './announce-ended.js'
import { repairBatches } from './repair-batches.js'
import { repairLeases } from './repair-leases.js'
import { repairNotices } from './repair-notices.js'
import { repairOthers } from './repair-others.js'
import { repairQueueKeys, repairQueueNumbers } from './repair-queues.js'
import { repairTasks } from './repair-tasks.js'
import { repairTrackNumbers, repairTracks } from './repair-tracks.js'
import { repairWorkers } from './repair-workers.js'

/**
 * Makes all rows of queue.db and leases.db readable that an earlier version or another program has written, and such that counting on from
 * them stays readable. A time that is too late becomes the latest possible one. A task with a number that cannot be read, and without which
 * it cannot run, ends as FAILURE with the reason, which its inboxes and listeners hear. Runs in a transaction on queue.db.
 */
export function quarantineUnreadable(store: Store, now: number, afterCommit: AfterCommit): void {
  const { queue: db } = store
  repairQueueKeys(db)
  repairTrackNumbers(db)
  const ended = repairTasks(db, now)
  repairBatches(db, now, ended)
  repairQueueNumbers(db, now)
  repairTracks(db)
  repairWorkers(db, now)
  repairOthers(db, now)
  repairNotices(db)
  repairLeases(store.leases, now)
  announceEnded(store, ended, now, afterCommit)
}
