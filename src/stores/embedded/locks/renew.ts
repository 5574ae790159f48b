import { renewPermit } from '../tables/permits.js'
import type { EmbeddedPermitSession } from './embedded-permit-session.js'

/** Extends permits. */
export async function renew(
  session: EmbeddedPermitSession,
  name: string,
  holders: readonly string[],
  ttl: number,
): Promise<readonly boolean[]> {
  return await session.write(name, (leases, qualified) =>
    holders.map((holder) => renewPermit(leases, qualified, holder, ttl)),
  )
}
