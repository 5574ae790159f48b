import type { ReleaseReply } from '../../permit-store.js'
import type { EmbeddedPermitSession } from './embedded-permit-session.js'

/** Releases a permit, or stops waiting for one. */
export async function release(
  session: EmbeddedPermitSession,
  name: string,
  holder: string,
  fence: number | null,
  max: number,
): Promise<ReleaseReply> {
  return await session.transact(name, (permits) => {
    const released = permits.release(holder, fence)
    permits.offerFree(max)
    return { released, offered: permits.offered }
  })
}
