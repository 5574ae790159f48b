import type { OfferedPermit } from '../../permit-store.js'
import type { EmbeddedPermitSession } from './embedded-permit-session.js'

/** Offers free permits to waiters. */
export async function sweep(
  session: EmbeddedPermitSession,
  name: string,
  max: number,
): Promise<readonly OfferedPermit[]> {
  return await session.transact(name, (permits) => {
    permits.offerFree(max)
    return permits.offered
  })
}
