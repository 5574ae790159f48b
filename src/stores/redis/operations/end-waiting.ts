import type { ActPlace } from '../../../model/act-place.js'
import type { Encoded } from '../../../model/encoded.js'
import type { RedisSession } from '../queue/redis-session.js'
import { revokeBy } from '../queue/revoke.js'

export async function endWaiting(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  outcome: Encoded,
  ttl: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  return await revokeBy('operations/end-waiting', session, queue, ids, outcome, ttl, places)
}
