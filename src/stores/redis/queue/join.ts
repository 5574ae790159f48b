import type { LeaseState, WorkerSpec } from '../../broker.js'
import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { RedisSession } from './redis-session.js'

export async function join(
  session: RedisSession,
  queue: string,
  { id, slots, leaseTtl }: WorkerSpec,
): Promise<LeaseState> {
  await session.registerIfRoom(queue)
  await session.connection.meet(session.keysOf(queue).channels)
  const { changes, name } = session.history
  const args = { worker: bytesOf(escaped(id)), slots, ttl: leaseTtl, history: bytesOf(name) }
  const reply = await session.run('queue/join', queue, { args })
  if (reply === 1) session.history.granted(id, changes)
  return reply === 1 ? 'held' : 'lost'
}
