import type { ProgressUpdate } from '../../broker.js'
import { bytesOf, bytesOfEncoded } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { RedisSession } from './redis-session.js'

export async function progress(
  session: RedisSession,
  queue: string,
  worker: string,
  updates: readonly ProgressUpdate[],
): Promise<readonly boolean[]> {
  const list = updates.flatMap(({ id, fence, progress }) => [
    bytesOf(id),
    bytesOf(String(fence)),
    bytesOfEncoded(progress),
  ])
  const check = session.checkLease(queue, worker)
  const input = { args: { worker: bytesOf(escaped(worker)) }, list, check }
  const connection = session.connectionFor(updates.map((update) => update.progress))
  const reply = (await session.run('queue/progress', queue, input, undefined, connection)) as number[]
  return reply.map((stored) => stored === 1)
}
