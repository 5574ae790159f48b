import type { ProgressUpdate } from '../../broker.js'
import { blob } from '../layout/arguments.js'
import type { RedisSession } from './redis-session.js'

export async function progress(
  session: RedisSession,
  queue: string,
  worker: string,
  updates: readonly ProgressUpdate[],
): Promise<readonly boolean[]> {
  const list = updates.flatMap(({ id, fence, progress }) => [id, String(fence), blob(progress)])
  const connection = session.connectionFor(updates.map((update) => update.progress))
  const reply = (await session.run(
    'queue/progress',
    queue,
    { args: { worker }, list },
    undefined,
    connection,
  )) as number[]
  return reply.map((stored) => stored === 1)
}
