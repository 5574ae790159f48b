import type { LaneCall, Settlement, SettleReply, Verdict } from '../../broker.js'
import type { Argument } from '../layout/arguments.js'
import { blob } from '../layout/arguments.js'
import type { QueueKeys } from '../layout/keys.js'
import { claimedOf } from '../layout/records.js'

const VERDICTS: Readonly<Record<string, Verdict>> = { r: 'recorded', s: 'stale', u: 'unknown' }
const KINDS = { done: 'd', retry: 'r', release: 'b' } as const

/** What `settle.lua` is given after its head, and the keys that it is given beside the fixed ones. */
export function settleArguments(
  keys: QueueKeys,
  call: LaneCall,
  settlements: readonly Settlement[],
  max: number,
): { readonly done: string[]; readonly args: Argument[] } {
  const done: string[] = []
  const args: Argument[] = [call.worker, String(call.lane), String(call.seq), String(max)]
  for (const settlement of settlements) {
    const { kind, id, fence } = settlement
    done.push(keys.done(id))
    const [status, time, written] =
      kind === 'done'
        ? [String(settlement.status), String(settlement.ttl), blob(settlement.outcome)]
        : ['0', String(settlement.delay), kind === 'retry' ? blob(settlement.outcome) : '']
    args.push(KINDS[kind], id, String(fence), status, time, written, String(done.length))
  }
  return { done, args }
}

/** Reads what `settle.lua` answers. */
export function settleReply(reply: unknown[]): SettleReply {
  const [verdicts, nextDue, paused, listeners, now, first] = reply as [Buffer, Buffer, number, number, Buffer, Buffer]
  const tasks = []
  const claimedAt = Number(now)
  for (let i = 6, fence = Number(first); i < reply.length; i += 2, fence++) {
    const value = reply[i + 1] as Buffer
    // A task of an answer that is given again, and that is gone since.
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
