import type { ReleaseReply } from '../../permit-store.js'
import { readOffers } from '../layout/read-offers.js'
import type { RedisPermitSession } from './redis-permit-session.js'

export async function release(
  session: RedisPermitSession,
  name: string,
  holder: string,
  fence: number | null,
  max: number,
): Promise<ReleaseReply> {
  const args = { holder, fence: fence ?? '', max }
  const [released, ...offered] = await session.run('locks/release', name, { args })
  return { released: released === 1, offered: readOffers(offered) }
}
