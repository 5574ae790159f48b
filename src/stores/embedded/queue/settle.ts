import { LeaseLostError, StaleCallError } from '../../../errors.js'
import type { ClaimedTask, LaneCall, Settlement, SettleReply, Verdict } from '../../broker.js'
import type { Claim, ClaimedRun } from '../tables/claim-ready.js'
import { claimReady, findClaimed } from '../tables/claim-ready.js'
import { NotHeldError } from '../tables/end-tasks.js'
import { holdsAny } from '../tables/find-tasks.js'
import { pruneFinished } from '../tables/prune-finished.js'
import { countIdle, enterIdle, hasIdleWorkers, leaveIdle } from '../tables/idle-workers.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { recordSettlements } from '../tables/record-settlements.js'
import { CALLS } from '../tables/repair-workers.js'
import { checkWithin } from '../tables/unreadable.js'
import { wakeIdle } from '../tables/wake-idle.js'
import type { LaneAnswer, WorkerRow } from '../tables/workers.js'
import { findWorker, saveCall } from '../tables/workers.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Rows of `expiry` that a settle deletes: more than it adds, as a rule. */
const PRUNED_AT_ONCE = 2

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
  let isTogether = true
  return await session.transact(call.queue, (transaction) => {
    try {
      const reply = answer(transaction, call, settlements, max, isTogether)
      wakeIdle(transaction)
      return reply
    } catch (error) {
      if (error instanceof NotHeldError) isTogether = false
      throw error
    }
  })
}

function answer(
  transaction: QueueTransaction,
  call: LaneCall,
  settlements: readonly Settlement[],
  max: number,
  isTogether: boolean,
): SettleReply {
  const { queue, worker, lane, seq } = call
  const row = findWorker(transaction, worker, lane)
  if (!row) throw new LeaseLostError(queue, worker)
  if (row.seq !== null && seq < row.seq) {
    checkWithin(row.seq, CALLS)
    throw new StaleCallError(queue, worker, seq)
  }
  if (row.seq === seq) return replay(transaction, call, row)
  const verdicts = recordSettlements(transaction, worker, settlements, isTogether)
  const handed = missedHandOff(transaction, call, row)
  const claim = claimReady(transaction, worker, max)
  saveCall(transaction, call, { verdicts, claimed: claim.runs })
  if (settlements.length > 0) pruneFinished(transaction, PRUNED_AT_ONCE)
  if (claim.isSatisfied) leaveIdle(transaction, worker)
  else becomeIdle(transaction, call, claim, max, settlements.some(isForOthers))
  const suspectsIn = claim.suspectsDue === null ? null : claim.suspectsDue - transaction.now
  const idle = claim.isSatisfied ? 0 : countIdle(transaction, worker)
  return reply(transaction, verdicts, claim.tasks, handed, sooner(transaction.nextDue, suspectsIn), idle)
}

function becomeIdle(
  transaction: QueueTransaction,
  { worker, freeSlots, handOff }: LaneCall,
  { tasks }: Claim,
  max: number,
  leavesToOthers: boolean,
): void {
  const slots = Math.max(1, Math.min(max, freeSlots ?? max) - tasks.length)
  // What it has settled in this call is no longer held.
  transaction.batches.save()
  // One hand-off at a time. Nothing is left of the last one, whether or not the worker has heard of it.
  const takes = handOff !== undefined && !holdsAny(transaction, worker) ? 1 : 0
  // It goes behind the other idle workers, one of which looks at the due time in its place.
  if (leavesToOthers) leaveIdle(transaction, worker)
  const due = leavesToOthers && hasIdleWorkers(transaction) ? null : transaction.due
  enterIdle(transaction, { worker, due, slots, takes })
}

function sooner(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

function isForOthers(settlement: Settlement): boolean {
  return settlement.kind === 'release' && settlement.forOthers === true
}

/** The tasks of the last hand-off that the worker still holds, if it has not heard of it. */
function missedHandOff(
  transaction: QueueTransaction,
  { queue, worker, handOff }: LaneCall,
  { handed, handed_runs: runs }: WorkerRow,
): readonly ClaimedTask[] {
  if (handOff === undefined || handed <= handOff) return []
  return findClaimed(transaction, worker, runsOf(queue, worker, parsed(queue, worker, runs)))
}

/** The first reply to a repeated call, without claimed tasks that were revoked meanwhile. */
function replay(transaction: QueueTransaction, call: LaneCall, row: WorkerRow): SettleReply {
  const { queue, worker } = call
  const answer = parsed(queue, worker, row.answer ?? '') as Partial<LaneAnswer> | null
  const claimed = runsOf(queue, worker, answer?.claimed)
  const verdicts = listOf(queue, worker, answer?.verdicts) as readonly Verdict[]
  const handed = missedHandOff(transaction, call, row)
  const tasks = findClaimed(transaction, worker, claimed)
  return reply(transaction, verdicts, tasks, handed, transaction.nextDue, countIdle(transaction, worker))
}

/** @throws {@link LeaseLostError} for what cannot be read: only under another id can the worker know what it holds */
function parsed(queue: string, worker: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new LeaseLostError(queue, worker)
  }
}

/** @throws {@link LeaseLostError} */
function listOf(queue: string, worker: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new LeaseLostError(queue, worker)
  return value
}

/** @throws {@link LeaseLostError} */
function runsOf(queue: string, worker: string, value: unknown): readonly ClaimedRun[] {
  const runs = listOf(queue, worker, value)
  for (const run of runs) {
    const numbers = listOf(queue, worker, run)
    if (numbers.length !== 3 || !numbers.every(Number.isSafeInteger)) throw new LeaseLostError(queue, worker)
  }
  return runs as readonly ClaimedRun[]
}

function reply(
  { paused, announcements: { hasListeners } }: QueueTransaction,
  verdicts: readonly Verdict[],
  tasks: readonly ClaimedTask[],
  handed: readonly ClaimedTask[],
  nextDue: number | null,
  idle: number,
): SettleReply {
  return { verdicts, tasks, handed, nextDue, paused, hasListeners, idle }
}
