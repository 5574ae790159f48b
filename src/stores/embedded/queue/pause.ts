import type { EmbeddedSession } from './embedded-session.js'

/** Stops handing out tasks. */
export async function pause(session: EmbeddedSession, queue: string): Promise<void> {
  await session.transact(queue, (transaction) => {
    transaction.paused = true
  })
}
