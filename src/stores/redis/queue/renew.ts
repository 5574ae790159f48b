import type { RenewReply } from '../../broker.js'
import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { RedisSession } from './redis-session.js'

export async function renew(session: RedisSession, queue: string, worker: string): Promise<RenewReply> {
  const reply = await session.run('queue/renew', queue, { args: { worker: bytesOf(escaped(worker)) } })
  return reply === 2 ? 'overdue' : reply === 1 ? 'held' : 'lost'
}
