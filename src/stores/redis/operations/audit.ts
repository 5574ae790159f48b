import { ACT_TTL, MOST_ACTS } from '../../policy.js'
import type { AuditEntry } from '../../operations-store.js'
import { serverTime } from '../connection/server-time.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function audit({ connection, space }: RedisSession, limit: number): Promise<readonly AuditEntry[]> {
  // An operation that has two entries takes two places.
  const last = Math.min(2 * limit, MOST_ACTS) - 1
  const [lines, now] = await connection.attempt(
    space.audit,
    async (redis) => await Promise.all([redis.lrange(space.audit, 0, last), serverTime(redis)]),
  )
  const entries = new Map<string, AuditEntry>()
  for (const entry of lines.flatMap(readEntry)) {
    if (!entries.has(entry.operation) && entry.at > now - ACT_TTL) entries.set(entry.operation, entry)
  }
  return [...entries.values()].slice(0, limit)
}

/** What another program has written there is no entry. */
function readEntry(line: string): AuditEntry[] {
  try {
    const entry = JSON.parse(line) as AuditEntry
    return typeof entry.operation === 'string' ? [entry] : []
  } catch {
    return []
  }
}
