import type { Subscription } from '../../../util/subscription.js'
import type { InboxNotice } from '../../broker.js'
import { unframe } from '../layout/frames.js'
import { recordOf } from '../layout/records.js'
import type { RedisSession } from './redis-session.js'

export async function openInbox(
  { subscriber, space }: RedisSession,
  inbox: string,
  listener: (notice: InboxNotice) => void,
): Promise<Subscription> {
  return await subscriber.subscribe(
    `${space.channels}inbox:${inbox}`,
    (message) => {
      listener(readEnds(message))
    },
    () => {
      listener({ kind: 'reconnected' })
    },
  )
}

/** Reads a message of `inboxes.lua`. */
function readEnds(message: Buffer): InboxNotice {
  const parts = unframe(message)
  const tasks = []
  for (let i = 0; i < parts.length; i += 3) {
    const [queue, id, value] = [String(parts[i]), String(parts[i + 1]), parts[i + 2]]
    tasks.push({ id, record: value && value.length > 0 ? recordOf(queue, id, value) : null })
  }
  return { kind: 'done', tasks }
}
