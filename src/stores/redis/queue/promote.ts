import type { ActPlace } from '../../../model/act-place.js'
import { bytesOf } from '../layout/bytes.js'
import { chunkIds } from '../layout/chunks.js'
import { placeLetters } from '../layout/place-letters.js'
import type { RedisSession } from './redis-session.js'

export async function promote(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  return await session.turns.take(queue, 'steps', async () => {
    const promoted: boolean[] = []
    for (const chunk of chunkIds(ids)) {
      const input = { args: { places: placeLetters(places) }, list: chunk.map(bytesOf) }
      const reply = (await session.run('queue/promote', queue, input)) as number[]
      promoted.push(...reply.map((each) => each === 1))
    }
    return promoted
  })
}
