import type { OfferedPermit } from '../../permit-store.js'
import type { EmbeddedPermitSession } from './embedded-permit-session.js'

/** Gives up the offers of waiters, who wait no more, for the next waiters. */
export async function decline(
  session: EmbeddedPermitSession,
  name: string,
  holders: readonly string[],
): Promise<readonly OfferedPermit[]> {
  return await session.transact(name, (permits) => {
    const most = permits.count()
    for (const holder of holders) {
      if (permits.isHeld(holder) && permits.isWaiting(holder)) permits.release(holder, null)
    }
    permits.offerFree(most)
    return permits.offered
  })
}
