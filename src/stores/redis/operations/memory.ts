import type { RedisSession } from '../queue/redis-session.js'

/** Part of the memory that the server may use which is in use. Null: it has no limit, or does not tell. */
export async function memory({ connection, space }: RedisSession): Promise<number | null> {
  try {
    return await connection.attempt(space.audit, async (redis) => {
      const info = await redis.info('memory')
      const number = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
      const most = number('maxmemory') || number('total_system_memory')
      return most === 0 ? null : number('used_memory') / most
    })
  } catch (error) {
    // An ACL may forbid it.
    if (error instanceof Error && error.message.includes('NOPERM')) return null
    throw error
  }
}
