import { claimingWorkers, leaseKey } from '../tables/leases.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Whether any worker of a queue hears its notices, and may take its tasks: it has slots, and the queue is not paused. */
export async function isConsumed(session: EmbeddedSession, queue: string): Promise<boolean> {
  const { notifier, leases } = session.store
  const isPaused = await session.read(queue, (db, id) => {
    const row = db.sql('SELECT paused FROM queue WHERE id = ?').get(id) as { paused: number } | undefined
    return row?.paused === 1
  })
  if (isPaused) return false
  const key = leaseKey(session.namespace, queue)
  const workers = await leases.read(() => claimingWorkers(leases, key))
  return workers.some((worker) => notifier.isHeard('worker', `${key}\n${worker}`))
}
