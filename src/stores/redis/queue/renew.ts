import type { LeaseState } from '../../broker.js'
import type { RedisSession } from './redis-session.js'

export async function renew(session: RedisSession, queue: string, worker: string): Promise<LeaseState> {
  return (await session.run('queue/renew', queue, { args: { worker } })) === 1 ? 'held' : 'lost'
}
