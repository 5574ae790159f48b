import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function order(session: RedisSession, queue: string, worker: string, text: string): Promise<boolean> {
  const args = { worker: bytesOf(escaped(worker)), order: bytesOf(text) }
  return Number(await session.run('operations/order', queue, { args })) > 0
}
