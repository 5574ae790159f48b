import type { ActPlace } from '../../../model/act-place.js'
import { bytesOf } from '../layout/bytes.js'
import { chunkIds } from '../layout/chunks.js'
import { placeLetters } from '../layout/place-letters.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function prioritize(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  priority: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  return await session.turns.take(queue, 'steps', async () => {
    const done: boolean[] = []
    for (const chunk of chunkIds(ids)) {
      for (let at = 0; at < chunk.length;) {
        const args = { priority: bytesOf(String(priority)), places: placeLetters(places) }
        const input = { args, list: chunk.slice(at).map(bytesOf) }
        const reply = (await session.run('operations/prioritize', queue, input)) as number[]
        if (reply.length === 0) break
        done.push(...reply.map((each) => each === 1))
        at += reply.length
      }
    }
    return done
  })
}
