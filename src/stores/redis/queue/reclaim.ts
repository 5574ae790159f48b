import type { ReclaimOptions, ReclaimReply } from '../../broker.js'
import { FORGET_AFTER } from '../../policy.js'
import { bytesOfBuffer, bytesOfEncoded, bytesOf, NONE, textOf } from '../layout/bytes.js'
import { unescaped } from '../layout/escaped.js'
import { resultSlot } from '../layout/result-slots.js'
import { finishMoves } from '../operations/finish-moves.js'
import type { ScriptInput } from '../scripts/script.js'
import type { RedisSession } from './redis-session.js'

/** Time after which whoever moves a task has given up, or has died, ms. */
const MOVE_ABANDONED = 60_000

/** Of `reclaim.lua`. */
type Reply = [
  condemned: Buffer[],
  requeued: number,
  atCap: Buffer[],
  more: number,
  unusedSince: Buffer,
  onTheirWay: number,
]

export async function reclaim(session: RedisSession, queue: string, options: ReclaimOptions): Promise<ReclaimReply> {
  const { crashCap, grace } = options
  const reply = await session.run('queue/reclaim', queue, { args: { crashCap, grace } })
  const [condemned, requeued, atCap, more, unusedSince, onTheirWay] = reply as Reply
  if (atCap.length > 0) await endFailed(session, queue, options, atCap)
  const since = Number(unusedSince)
  if (since >= 0 && since < (await session.now(queue)) - FORGET_AFTER) await session.forget(queue)
  // Last, and a queue that cannot take its tasks keeps no dead worker from being found: they stay noted, and the doctor tells of them.
  if (onTheirWay > 0) await finishMoves(session, queue, MOVE_ABANDONED).catch(() => undefined)
  const failed = atCap.filter((_, i) => i % 3 === 0).map(String)
  return {
    condemned: condemned.map((worker) => unescaped(textOf(bytesOfBuffer(worker)))),
    requeued,
    failed,
    more: more === 1 || failed.length > 0,
  }
}

/** A second script, because only now it is known whether there are any. @param tasks - three each: id, batch, place */
async function endFailed(
  session: RedisSession,
  queue: string,
  { outcome, ttl }: ReclaimOptions,
  tasks: readonly Buffer[],
): Promise<void> {
  const inputAt = (now: number): ScriptInput => {
    const { name, expiry } = resultSlot(now, ttl)
    return {
      args: { outcome: bytesOfEncoded(outcome), name: bytesOf(name), expiry, slots: NONE },
      list: tasks.map(bytesOfBuffer),
      keys: [session.keysOf(queue).slot(name)],
    }
  }
  // As for a settle, the slot of a copy of the call is that of the time which is known by then.
  const again = () => session.call('queue/reclaim-failed', queue, inputAt(session.timeOf(queue)))
  await session.run('queue/reclaim-failed', queue, inputAt(await session.now(queue)), again)
}
