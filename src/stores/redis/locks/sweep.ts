import type { OfferedPermit } from '../../permit-store.js'
import { readOffers } from '../layout/read-offers.js'
import type { RedisPermitSession } from './redis-permit-session.js'

export async function sweep(session: RedisPermitSession, name: string, max: number): Promise<readonly OfferedPermit[]> {
  return readOffers(await session.run('locks/sweep', name, { args: { max } }))
}
