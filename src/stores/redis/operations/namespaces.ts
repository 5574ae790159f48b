import type { RedisSession } from '../queue/redis-session.js'

/** Keys that one step looks at, and most steps at each server: what is asked for by a person must not hold up others. */
const STEP = 1_000
const MOST_STEPS = 300
const SUFFIX = ':queues'

/** The other namespaces of the server, by their lists of queues. */
export async function namespaces({ connection, space }: RedisSession): Promise<readonly string[]> {
  const found = new Set<string>()
  await connection.everywhere(async (redis) => {
    let cursor = '0'
    for (let step = 0; step < MOST_STEPS; step++) {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `*${SUFFIX}`, 'COUNT', STEP, 'TYPE', 'hash')
      for (const key of keys) if (!key.startsWith('{')) found.add(key.slice(0, -SUFFIX.length))
      cursor = next
      if (cursor === '0') break
    }
  })
  found.delete(space.namespace)
  return [...found]
}
