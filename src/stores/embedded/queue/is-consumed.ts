import { claimingWorkers, leaseKey } from '../tables/leases.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Whether any worker of a queue hears its notices, and may take its tasks: it has slots, and the queue is not paused. */
export async function isConsumed(session: EmbeddedSession, queue: string): Promise<boolean> {
  const { notifier, leases } = session.store
  const key = leaseKey(session.namespace, queue)
  const [isPaused, workers] = await Promise.all([
    session.read(queue, (db, id) => {
      const row = db.sql('SELECT paused FROM queue WHERE id = ?').get(id) as { paused: number } | undefined
      return row?.paused === 1
    }),
    leases.read(() => claimingWorkers(leases, key)),
  ])
  return !isPaused && workers.some((worker) => notifier.isHeard('worker', `${key}\n${worker}`))
}
