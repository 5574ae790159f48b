import type { Subscription } from '../../../util/subscription.js'
import type { EmbeddedPermitSession } from './embedded-permit-session.js'

/** Opens an inbox, which gets the offers of permits to its holders. */
export async function openInbox(
  session: EmbeddedPermitSession,
  inbox: string,
  listener: (holder: string | null) => void,
): Promise<Subscription> {
  return await session.listen(inbox, {
    receive(message) {
      listener(message as string)
    },
    missed() {
      listener(null)
    },
  })
}
