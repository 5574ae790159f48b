import type { EmbeddedSession } from '../queue/embedded-session.js'

/** Sends an order to a worker. */
export async function order(session: EmbeddedSession, queue: string, worker: string, text: string): Promise<boolean> {
  if (!(await session.isKnown(queue))) return false
  return await session.transact(queue, ({ announcements }) =>
    announcements.tellWorker(worker, { kind: 'order', queue, order: text }),
  )
}
