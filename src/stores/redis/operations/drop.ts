import { bytesOf } from '../layout/bytes.js'
import type { RedisSession } from '../queue/redis-session.js'

/** The caller gives as many ids as one call may carry. */
export async function drop(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  operation: string,
): Promise<readonly boolean[]> {
  if (ids.length === 0) return []
  const reply = await session.runOverSlots('operations/drop', queue, ({ slots, keys }) => ({
    args: { slots },
    list: ids.map(bytesOf),
    keys: [session.keysOf(queue).operation(operation), ...keys],
  }))
  return Array.from(String(reply), (letter) => letter === 'd')
}
