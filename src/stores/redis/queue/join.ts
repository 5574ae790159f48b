import type { LeaseState, WorkerSpec } from '../../broker.js'
import type { RedisSession } from './redis-session.js'

export async function join(
  session: RedisSession,
  queue: string,
  { id, slots, leaseTtl }: WorkerSpec,
): Promise<LeaseState> {
  await session.registerIfRoom(queue)
  const reply = await session.run('queue/join', queue, { args: { worker: id, slots, ttl: leaseTtl } })
  return reply === 1 ? 'held' : 'lost'
}
