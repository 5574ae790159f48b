import { wakeIdle } from '../tables/wake-idle.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Resumes a queue: workers get its tasks again, and idle ones are woken. */
export async function resume(session: EmbeddedSession, queue: string): Promise<void> {
  await session.transactKnown(queue, undefined, (transaction) => {
    transaction.paused = false
    wakeIdle(transaction)
  })
}
