import type { OfferedPermit } from '../../permit-store.js'
import { readOffers } from '../layout/read-offers.js'
import type { RedisPermitSession } from './redis-permit-session.js'

export async function decline(
  session: RedisPermitSession,
  name: string,
  holders: readonly string[],
): Promise<readonly OfferedPermit[]> {
  return readOffers(await session.run('locks/decline', name, { args: {}, list: holders }))
}
