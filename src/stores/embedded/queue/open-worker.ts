import type { Subscription } from '../../../util/subscription.js'
import type { WorkerNotice } from '../../broker.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Opens the channel on which the store sends the notices of a queue to one of its workers. */
export async function openWorker(
  session: EmbeddedSession,
  queue: string,
  worker: string,
  listener: (notice: WorkerNotice) => void,
): Promise<Subscription> {
  return await session.listen('worker', `${queue}\n${worker}`, {
    receive(message) {
      listener(message as WorkerNotice)
    },
    missed() {
      listener({ kind: 'reconnected' })
    },
  })
}
