import type { HeldTask } from '../../broker.js'
import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { RedisSession } from './redis-session.js'

export async function held(
  session: RedisSession,
  queue: string,
  worker: string,
  tasks: readonly HeldTask[],
): Promise<readonly boolean[]> {
  if (tasks.length === 0) return []
  const list = tasks.flatMap(({ id, fence }) => [bytesOf(id), bytesOf(String(fence))])
  const check = session.checkLease(queue, worker)
  const input = { args: { worker: bytesOf(escaped(worker)) }, list, check }
  const reply = (await session.run('queue/held', queue, input)) as number[]
  return reply.map((each) => each === 1)
}
