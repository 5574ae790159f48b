import type { ActPlace } from '../../../model/act-place.js'
import { bytesOf, bytesOfBuffer, NONE } from '../layout/bytes.js'
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
    // Tasks mostly come in the order of their queue, so that each call begins where the last one has ended.
    let near = NONE
    for (const chunk of chunkIds(ids)) {
      for (let at = 0; at < chunk.length;) {
        const args = { priority: bytesOf(String(priority)), places: placeLetters(places), near }
        const input = { args, list: chunk.slice(at).map(bytesOf) }
        const [last, ...reply] = (await session.run('operations/prioritize', queue, input)) as [Buffer, ...number[]]
        if (reply.length === 0) break
        near = bytesOfBuffer(last)
        done.push(...reply.map((each) => each === 1))
        at += reply.length
      }
    }
    return done
  })
}
