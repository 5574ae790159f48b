import type { RenewReply } from '../../broker.js'
import type { RedisSession } from './redis-session.js'

export async function renew(session: RedisSession, queue: string, worker: string): Promise<RenewReply> {
  const reply = await session.run('queue/renew', queue, { args: { worker } })
  return reply === 2 ? 'overdue' : reply === 1 ? 'held' : 'lost'
}
