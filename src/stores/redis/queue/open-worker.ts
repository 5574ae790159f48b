import type { Subscription } from '../../../util/subscription.js'
import type { WorkerNotice } from '../../broker.js'
import { unframe } from '../layout/frames.js'
import type { RedisSession } from './redis-session.js'

export async function openWorker(
  { subscriber, space }: RedisSession,
  worker: string,
  listener: (notice: WorkerNotice) => void,
): Promise<Subscription> {
  return await subscriber.subscribe(
    `${space.channels}worker:${worker}`,
    (message) => {
      const [kind, queue = '', id = ''] = unframe(message).map(String)
      listener(kind === 'revoked' ? { kind, queue, id } : { kind: 'wake', queue })
    },
    () => {
      listener({ kind: 'reconnected' })
    },
  )
}
