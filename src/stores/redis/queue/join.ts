import type { LeaseState, WorkerSpec } from '../../broker.js'
import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { ScriptCall, ScriptInput } from '../scripts/script.js'
import type { RedisSession } from './redis-session.js'

export async function join(session: RedisSession, queue: string, worker: WorkerSpec): Promise<LeaseState> {
  return await session.turns.take(queue, 'join', () => joinNow(session, queue, worker))
}

async function joinNow(session: RedisSession, queue: string, { id, slots, leaseTtl }: WorkerSpec): Promise<LeaseState> {
  await session.registerIfRoom(queue)
  await session.meet(queue)
  let history = session.historyOf(queue)
  // Of a worker that has a lease already, and has to adopt its tasks before another one is granted.
  const check = session.checkLease(queue, id)
  const input = (): ScriptInput => {
    history = session.historyOf(queue)
    const [name, before] = [bytesOf(history.name), bytesOf(history.before)]
    return { args: { worker: bytesOf(escaped(id)), slots, ttl: leaseTtl, history: name, before }, check }
  }
  // Another server may have the queue when the call is sent again.
  const again = (): ScriptCall => session.call('queue/join', queue, input())
  const reply = await session.run('queue/join', queue, input(), again)
  if (reply === 1) session.leases.granted(id, session.keysOf(queue).channels, history.changes)
  return reply === 1 ? 'held' : 'lost'
}
