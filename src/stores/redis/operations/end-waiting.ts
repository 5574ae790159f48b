import type { Encoded } from '../../../model/encoded.js'
import { bytesOf, bytesOfEncoded } from '../layout/bytes.js'
import { chunkIds } from '../layout/chunks.js'
import { resultSlot } from '../layout/result-slots.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function endWaiting(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  outcome: Encoded,
  ttl: number,
): Promise<readonly boolean[]> {
  const ended: boolean[] = []
  for (const chunk of chunkIds(ids)) {
    const { name, expiry } = resultSlot(await session.now(queue), ttl)
    const reply = await session.runOverSlots('operations/end-waiting', queue, ({ slots, keys }) => ({
      args: { outcome: bytesOfEncoded(outcome), name: bytesOf(name), expiry, slots },
      list: chunk.map(bytesOf),
      keys: [session.keysOf(queue).slot(name), ...keys],
    }))
    ended.push(...(reply as number[]).map((each) => each === 1))
  }
  return ended
}
