import type { EmbeddedSession } from './embedded-session.js'

/** Pauses a queue: workers get none of its tasks. */
export async function pause(session: EmbeddedSession, queue: string): Promise<void> {
  await session.transact(queue, (transaction) => {
    transaction.paused = true
  })
}
