import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { RedisSession } from './redis-session.js'

export async function leave(session: RedisSession, queue: string, worker: string): Promise<void> {
  session.leases.ended(worker)
  await session.run('queue/leave', queue, { args: { worker: bytesOf(escaped(worker)) } })
}
