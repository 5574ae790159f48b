import type { Subscription } from '../../../util/subscription.js'
import type { WorkerNotice } from '../../broker.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Opens the channel on which the store sends notices to one worker. */
export async function openWorker(
  session: EmbeddedSession,
  worker: string,
  listener: (notice: WorkerNotice) => void,
): Promise<Subscription> {
  return await session.listen('worker', worker, {
    receive(message) {
      listener(message as WorkerNotice)
    },
    missed() {
      listener({ kind: 'reconnected' })
    },
  })
}
