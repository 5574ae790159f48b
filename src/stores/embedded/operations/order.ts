import type { EmbeddedSession } from '../queue/embedded-session.js'

/** Sends an order to a worker. */
export async function order(session: EmbeddedSession, queue: string, worker: string, text: string): Promise<boolean> {
  return await session.transactKnown(queue, false, ({ announcements }) =>
    announcements.tellWorker(worker, { kind: 'order', queue, order: text }),
  )
}
