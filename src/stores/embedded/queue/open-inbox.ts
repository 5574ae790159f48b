import type { Subscription } from '../../../util/subscription.js'
import type { InboxNotice } from '../../broker.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Opens an inbox, which gets the ends of the tasks that it awaits. */
export async function openInbox(
  session: EmbeddedSession,
  inbox: string,
  listener: (notice: InboxNotice) => void,
): Promise<Subscription> {
  return await session.listen('inbox', inbox, {
    receive(message) {
      listener(message as InboxNotice)
    },
    missed() {
      listener({ kind: 'reconnected' })
    },
  })
}
