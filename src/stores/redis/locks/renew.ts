import type { RedisPermitSession } from './redis-permit-session.js'

export async function renew(
  session: RedisPermitSession,
  name: string,
  holders: readonly string[],
  ttl: number,
): Promise<readonly boolean[]> {
  const reply = await session.run('locks/renew', name, { args: { ttl }, list: holders })
  return reply.map((held) => held === 1)
}
