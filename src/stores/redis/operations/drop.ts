import type { ActPlace } from '../../../model/act-place.js'
import { bytesOf } from '../layout/bytes.js'
import { placeLetters } from '../layout/place-letters.js'
import type { RedisSession } from '../queue/redis-session.js'

/** The caller gives as many ids as one call may carry. */
export async function drop(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  operation: string,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  if (ids.length === 0) return []
  const reply = await session.runOverSlotsInTurn('operations/drop', queue, ({ slots, keys }) => ({
    args: { places: placeLetters(places), slots },
    list: ids.map(bytesOf),
    keys: [session.keysOf(queue).operation(operation), ...keys],
  }))
  return Array.from(String(reply), (letter) => letter === 'd')
}
