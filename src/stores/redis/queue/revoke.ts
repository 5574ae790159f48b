import type { Encoded } from '../../../model/encoded.js'
import { blob } from '../layout/arguments.js'
import { chunkIds } from '../layout/chunks.js'
import type { RedisSession } from './redis-session.js'

export async function revoke(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  outcome: Encoded,
  ttl: number,
): Promise<readonly boolean[]> {
  const keys = session.keysOf(queue)
  const revoked: boolean[] = []
  for (const chunk of chunkIds(ids)) {
    const reply = await session.run('queue/revoke', queue, {
      args: { outcome: blob(outcome), ttl },
      list: chunk,
      keys: chunk.map((id) => keys.done(id)),
    })
    revoked.push(...(reply as number[]).map((each) => each === 1))
  }
  return revoked
}
