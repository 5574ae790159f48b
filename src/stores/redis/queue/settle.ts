import { LeaseLostError, StaleCallError } from '../../../errors.js'
import type { LaneCall, Settlement, SettleReply, Verdict } from '../../broker.js'
import type { Argument } from '../layout/arguments.js'
import { blob } from '../layout/arguments.js'
import { claimedOf } from '../layout/records.js'
import type { RedisSession } from './redis-session.js'

const VERDICTS: Readonly<Record<string, Verdict>> = { r: 'recorded', s: 'stale', u: 'unknown' }

export async function settle(
  session: RedisSession,
  call: LaneCall,
  settlements: readonly Settlement[],
  max: number,
): Promise<SettleReply> {
  const { queue, worker, lane, seq } = call
  const keys = session.keysOf(queue)
  const input = {
    args: { worker, lane, seq, max },
    list: settlements.flatMap(settlementArguments),
    keys: settlements.map(({ id }) => keys.done(id)),
  }
  try {
    const connection = session.connectionFor(settlements.map((each) => (each.kind === 'release' ? '' : each.outcome)))
    const reply = await session.run('queue/settle', queue, input, undefined, connection)
    return settleReply(reply as unknown[])
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('LOST')) throw new LeaseLostError(queue, worker)
    if (error instanceof Error && error.message.startsWith('STALE')) throw new StaleCallError(queue, worker, seq)
    throw error
  }
}

function settlementArguments(settlement: Settlement): Argument[] {
  const { kind, id, fence } = settlement
  const [status, ms, outcome] =
    kind === 'done'
      ? [String(settlement.status), settlement.ttl, blob(settlement.outcome)]
      : ['', settlement.delay, kind === 'retry' ? blob(settlement.outcome) : '']
  return [kind, id, String(fence), status, String(ms), outcome]
}

function settleReply(reply: readonly unknown[]): SettleReply {
  const [verdicts, nextDue, paused, listeners, now, first] = reply as [Buffer, Buffer, number, number, Buffer, Buffer]
  const tasks = []
  const claimedAt = Number(now)
  for (let i = 6, fence = Number(first); i < reply.length; i += 2, fence++) {
    const value = reply[i + 1] as Buffer
    // Empty for a task that is gone meanwhile, in the repeated reply to a call that was sent again.
    if (value.length > 0) tasks.push(claimedOf(String(reply[i]), value, fence, claimedAt))
  }
  return {
    verdicts: Array.from(String(verdicts), (letter) => VERDICTS[letter] ?? 'unknown'),
    tasks,
    nextDue: Number(nextDue) < 0 ? null : Number(nextDue),
    paused: paused === 1,
    hasListeners: listeners === 1,
  }
}
