import { bytesOf } from '../layout/bytes.js'
import { chunkIds } from '../layout/chunks.js'
import type { RedisSession } from './redis-session.js'

export async function promote(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
): Promise<readonly boolean[]> {
  const promoted: boolean[] = []
  for (const chunk of chunkIds(ids)) {
    const reply = (await session.run('queue/promote', queue, { list: chunk.map(bytesOf) })) as number[]
    promoted.push(...reply.map((each) => each === 1))
  }
  return promoted
}
