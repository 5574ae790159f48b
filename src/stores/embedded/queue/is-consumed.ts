import type { EmbeddedSession } from './embedded-session.js'

/** Whether any worker of a queue hears its notices, and may take its tasks: the queue is not paused. */
export async function isConsumed(session: EmbeddedSession, queue: string): Promise<boolean> {
  const { notifier } = session.store
  return await session.read(queue, (db, id) => {
    const row = db.sql('SELECT paused FROM queue WHERE id = ?').get(id) as { paused: number } | undefined
    if (row?.paused === 1) return false
    const rows = db.sql('SELECT worker FROM worker WHERE queue = ?').all(id) as { worker: string }[]
    return rows.some(({ worker }) => notifier.isHeard('worker', `${session.namespace}\n${queue}\n${worker}`))
  })
}
