import type { AcquireReply, PermitAnswer, PermitRequest } from '../../permit-store.js'
import { readOffers } from '../layout/read-offers.js'
import type { RedisPermitSession } from './redis-permit-session.js'

export async function acquire(
  session: RedisPermitSession,
  name: string,
  requests: readonly PermitRequest[],
  ttl: number,
  waitTtl: number,
): Promise<AcquireReply> {
  const list = requests.flatMap(({ holder, max }) => [holder, String(max)])
  const reply = await session.run('locks/acquire', name, { args: { ttl, waitTtl }, list })
  const answers = requests.map((_request, i): PermitAnswer => {
    const fence = String(reply[i * 2])
    return { fence: fence === '' ? null : Number(fence), retryIn: Number(reply[i * 2 + 1]) }
  })
  // A separator stands between answers and offers.
  return { answers, offered: readOffers(reply.slice(requests.length * 2 + 1)) }
}
