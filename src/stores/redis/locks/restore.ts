import type { HeldPermit } from '../../permit-store.js'
import type { RedisPermitSession } from './redis-permit-session.js'

export async function restore(
  session: RedisPermitSession,
  name: string,
  { holder, fence, max }: HeldPermit,
  ttl: number,
): Promise<boolean> {
  const [held] = await session.run('locks/restore', name, { args: { holder, fence: String(fence), max, ttl } })
  return held === 1
}
