import { LeaseLostError, StaleCallError } from '../../../errors.js'
import type { ClaimedTask, LaneCall, Settlement, SettleReply, Verdict } from '../../broker.js'
import { claimReady, findClaimed } from '../tables/claim-ready.js'
import { pruneFinished } from '../tables/end-tasks.js'
import { nextDue } from '../tables/find-tasks.js'
import { enterIdle, leaveIdle } from '../tables/idle-workers.js'
import type { LaneAnswer } from '../tables/lanes.js'
import { lastCall, saveCall } from '../tables/lanes.js'
import { isLeased } from '../tables/leases.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { recordSettlements } from '../tables/record-settlements.js'
import { wakeIdle } from '../tables/wake-idle.js'
import type { EmbeddedSession } from './embedded-session.js'

/**
 * Records settlements and claims tasks.
 *
 * @throws {@link LeaseLostError}; {@link StaleCallError} for a call that is older than the lane's last
 */
export async function settle(
  session: EmbeddedSession,
  call: LaneCall,
  settlements: readonly Settlement[],
  max: number,
): Promise<SettleReply> {
  return await session.transact(call.queue, (transaction) => {
    const reply = answer(transaction, call, settlements, max)
    wakeIdle(transaction)
    return reply
  })
}

function answer(
  transaction: QueueTransaction,
  call: LaneCall,
  settlements: readonly Settlement[],
  max: number,
): SettleReply {
  const { queue, worker, lane, seq } = call
  if (!isLeased(transaction.store.leases, transaction.leaseKey, worker)) throw new LeaseLostError(queue, worker)
  const last = lastCall(transaction, worker, lane)
  if (last && seq < last.seq) throw new StaleCallError(queue, worker, seq)
  if (last?.seq === seq) return replay(transaction, worker, storedAnswer(call, last.answer))
  const verdicts = recordSettlements(transaction, worker, settlements)
  const { tasks, claimed, isSatisfied } = claimReady(transaction, worker, max)
  saveCall(transaction, call, { verdicts, claimed })
  pruneFinished(transaction, 2 * settlements.length)
  const due = nextDue(transaction)
  if (isSatisfied) leaveIdle(transaction, worker)
  else enterIdle(transaction, worker, due)
  return reply(transaction, verdicts, tasks, due)
}

/** The first reply to a repeated call, without claimed tasks that were revoked meanwhile. */
function replay(transaction: QueueTransaction, worker: string, { verdicts, claimed }: LaneAnswer): SettleReply {
  return reply(transaction, verdicts, findClaimed(transaction, worker, claimed), nextDue(transaction))
}

/** @throws {@link LeaseLostError} where the answer cannot be read: only under another id can the worker know what it holds */
function storedAnswer({ queue, worker }: LaneCall, answer: string): LaneAnswer {
  try {
    return JSON.parse(answer) as LaneAnswer
  } catch {
    throw new LeaseLostError(queue, worker)
  }
}

function reply(
  { paused, announcements: { hasListeners } }: QueueTransaction,
  verdicts: readonly Verdict[],
  tasks: readonly ClaimedTask[],
  due: number | null,
): SettleReply {
  return { verdicts, tasks, nextDue: due, paused, hasListeners }
}
