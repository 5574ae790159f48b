import type { ReclaimOptions, ReclaimReply } from '../../broker.js'
import { blob } from '../layout/arguments.js'
import type { RedisSession } from './redis-session.js'

export async function reclaim(
  session: RedisSession,
  queue: string,
  { crashCap, grace, outcome, ttl }: ReclaimOptions,
): Promise<ReclaimReply> {
  const reply = await session.run('queue/reclaim', queue, { args: { crashCap, grace } })
  const [condemned, requeued, atCap, more] = reply as [Buffer[], number, Buffer[], number]
  const failed = atCap.map(String)
  if (failed.length > 0) {
    const keys = session.keysOf(queue)
    // A second script, because the keys of the records are known only now.
    await session.run('queue/reclaim-failed', queue, {
      args: { outcome: blob(outcome), ttl },
      list: failed,
      keys: failed.map((id) => keys.done(id)),
    })
  }
  return { condemned: condemned.map(String), requeued, failed, more: more === 1 || failed.length > 0 }
}
