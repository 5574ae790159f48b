import type { AcquireReply, PermitAnswer, PermitRequest } from '../../permit-store.js'
import type { Permits } from '../tables/permits.js'
import type { EmbeddedPermitSession } from './embedded-permit-session.js'

/** Takes permits, or waits for them. */
export async function acquire(
  session: EmbeddedPermitSession,
  name: string,
  requests: readonly PermitRequest[],
  ttl: number,
  waitTtl: number,
): Promise<AcquireReply> {
  return await session.transact(name, (permits) => {
    const answers = requests.map((request) => answer(permits, request, ttl, waitTtl))
    return { answers, offered: permits.offered }
  })
}

function answer(permits: Permits, { holder, max }: PermitRequest, ttl: number, waitTtl: number): PermitAnswer {
  // Waiters come first.
  permits.offerFree(max, holder)
  if (permits.isHeld(holder) || permits.count() < max) {
    permits.removeWaiter(holder)
    return { fence: permits.grant(holder, ttl), retryIn: 0 }
  }
  if (waitTtl > 0) permits.addWaiter(holder, waitTtl)
  return { fence: null, retryIn: permits.firstExpiry() }
}
