import type { Subscription } from '../../../util/subscription.js'
import type { RedisPermitSession } from './redis-permit-session.js'

export async function openInbox(
  { subscriber, space }: RedisPermitSession,
  inbox: string,
  listener: (holder: string | null) => void,
): Promise<Subscription> {
  return await subscriber.subscribe(
    `${space.channels}lock:${inbox}`,
    (message) => {
      listener(message.toString())
    },
    () => {
      listener(null)
    },
  )
}
