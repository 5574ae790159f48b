import { FAILURE } from '../../../model/task-state.js'
import type { AfterCommit } from '../database/transaction-queue.js'
import type { Store } from '../store.js'
import { Announcements } from './announcements.js'
import { leaseKey } from './leases.js'
import type { TaskRow } from './task-rows.js'
import { recordOf, SELECT_TASK } from './task-rows.js'
import { UnseenEnds } from './unseen-ends.js'

/** A queue, while the ends of its tasks are told. */
interface Told {
  readonly name: string
  readonly announcements: Announcements
  readonly unseen: UnseenEnds
}

/** Counts tasks that have ended as FAILURE since their rows cannot be read, and tells their inboxes and listeners. In a transaction. */
export function announceEnded(store: Store, keys: readonly number[], now: number, afterCommit: AfterCommit): void {
  const { queue: db, notifier } = store
  const told = new Map<number, Told | null>()
  const task = db.sql(`${SELECT_TASK} WHERE t.seq = ?`)
  const count = db.sql('UPDATE queue SET failed = failed + 1 WHERE id = ?')
  const begin = (id: number): Told | null => {
    const row = db.sql('SELECT namespace, name FROM queue WHERE id = ?').get(id)
    if (row === undefined) return null
    const { namespace, name } = row as { namespace: string; name: string }
    const hasListeners = notifier.isHeard('events', namespace)
    const announcements = new Announcements(notifier, namespace, afterCommit, hasListeners)
    return { name, announcements, unseen: new UnseenEnds(store, leaseKey(namespace, name), now, afterCommit) }
  }
  for (const key of keys) {
    const row = task.get(key) as TaskRow
    const queue = told.get(row.queue) ?? begin(row.queue)
    told.set(row.queue, queue)
    if (queue === null) continue
    count.run(row.queue)
    queue.unseen.add(row.job, FAILURE)
    queue.announcements.ended(recordOf(row, queue.name), row.inboxes)
  }
  for (const queue of told.values()) queue?.announcements.send()
}
