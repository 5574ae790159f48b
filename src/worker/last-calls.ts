import { isPulsarError } from '../errors.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Logger } from '../logging/logger.js'
import type { AdoptVerdict, Broker, ClaimedTask } from '../stores/broker.js'
import { isPassing } from '../stores/is-passing.js'
import { errorMessage } from '../util/thrown.js'
import type { AnsweredOutcomes } from './answered-outcomes.js'
import type { SettleCall, Unsettled } from './settle-sender.js'
import type { SettledOutcomes } from './settled-outcomes.js'
import type { Slots } from './slots.js'
import { isLarge } from './unsettled-outcomes.js'

interface LastCallsParts {
  readonly broker: Broker
  readonly logger: Logger
  readonly slots: Slots
  /** ms */
  readonly leaseTtl: number
}

/** What a worker had under a lease when it gave that up. */
export interface EndedLease {
  readonly queue: string
  readonly worker: string
  /** Number of the last call under it. */
  readonly seq: number
  /**
   * Whether the store, whose history has changed, was being told what the worker holds. It may have given all of that back to the worker,
   * and the worker does not know.
   */
  readonly wasAdopting: boolean
  /** Outcomes that no call had taken yet. */
  readonly outcomes: readonly Unsettled[]
  /** All that the worker held. */
  readonly tasks: readonly ClaimedTask[]
  readonly topFence: number
}

/** Most leases of one queue that are kept when they were left. */
const MOST_OVER = 4

interface Farewell {
  readonly lease: EndedLease
  readonly calls: SettleCall[]
  /** Whether the store has to be told what the worker held, also where its history is that of the lease. */
  mustAdopt: boolean
  /** Whether all calls were answered, or given up. */
  isOver: boolean
  /** Why a call that was under way failed; null: it is worth asking the store. */
  refusal: Error | null
}

/**
 * The outcomes of runs that had ended when the lease was given up. Created by the claim loop. A worker gives its lease up by its own
 * clock, and the store may still have it: what has ended is recorded then, and its job does not run again. Where the lease is gone,
 * the store refuses the outcomes.
 *
 * 1. `add()` takes what no call has taken, `addCall()` the call that was under way and failed. 2. `send()` has them recorded, before
 * the lease is left. A store whose history has changed is first told what the worker held, so that leaving returns it to the queue; and
 * what it has recorded of late and forgotten is recorded again, or these tasks would run once more. 3. A store that changes its history
 * later may have forgotten all of this, and still have the lease: `forgotten()` names the leases that are to be left once more.
 */
export class LastCalls {
  readonly #farewells = new Map<string, Farewell>()

  constructor(
    private readonly parts: LastCallsParts,
    private readonly answers: AnsweredOutcomes,
    /** What the store has recorded of late; null: it forgets nothing. */
    private readonly settled: SettledOutcomes | null,
  ) {}

  add(lease: EndedLease): void {
    const calls = callsOf(lease, lease.seq, lease.outcomes)
    this.#farewells.set(lease.worker, { lease, calls, mustAdopt: lease.wasAdopting, isOver: false, refusal: null })
    const over = [...this.#farewells].filter(([, { isOver }]) => isOver)
    for (const [worker] of over.slice(0, Math.max(0, over.length - MOST_OVER))) this.#farewells.delete(worker)
  }

  /** The workers that were left, and that the store, whose history has changed since, may still know. */
  forgotten(): readonly string[] {
    const { history } = this.parts.broker
    return [...this.#farewells].flatMap(([worker, { isOver }]) => (isOver && history.isOver(worker) ? [worker] : []))
  }

  /** A call under a lease that was given up has failed. It is sent again as it was: the store may have executed it. */
  addCall(sent: SettleCall, refusal: unknown): void {
    const farewell = this.#farewells.get(sent.call.worker)
    if (farewell === undefined || farewell.isOver || sent.batch.length === 0) {
      this.answers.forget(sent.batch)
      return
    }
    farewell.calls.unshift({ ...sent, max: 0 })
    if (isPulsarError(refusal) && isPassing(refusal)) farewell.refusal = refusal
  }

  /** Sends the outcomes of a former lease. @throws what the broker throws while it cannot be reached; then call again */
  async send(worker: string): Promise<void> {
    const farewell = this.#farewells.get(worker)
    if (farewell === undefined) return
    const { lease, calls, refusal } = farewell
    const { history } = this.parts.broker
    farewell.refusal = null
    // It has just been asked, and has not answered.
    if (refusal !== null) throw refusal
    const hasHeld = lease.tasks.length > 0 || (this.settled?.ends() ?? []).length > 0
    // A connection that has broken tells only then that it leads to a store with another history.
    if (hasHeld) await history.ask(lease.queue)
    farewell.mustAdopt &&= hasHeld
    let goesOn = true
    while (goesOn && (calls.length > 0 || farewell.mustAdopt || (hasHeld && history.isOver(worker)))) {
      const adopts = farewell.mustAdopt || history.isOver(worker)
      goesOn = adopts ? await this.#adopt(farewell) : await this.#settleNext(farewell)
    }
    this.#drop(calls)
    farewell.isOver = true
  }

  /** The store is asked no more. Releases the permits of the runs. */
  forget(): void {
    for (const { calls } of this.#farewells.values()) this.#drop(calls)
    this.#farewells.clear()
  }

  /** @returns whether the worker has its lease again @throws a refusal that passes */
  async #adopt(farewell: Farewell): Promise<boolean> {
    const { lease, calls } = farewell
    const { broker, slots, leaseTtl, logger } = this.parts
    const held = new Map<number, ClaimedTask>()
    const settled = this.settled?.ends() ?? []
    for (const { batch } of calls) for (const { end } of batch) held.set(end.task.fence, end.task)
    for (const { task } of settled) held.set(task.fence, task)
    for (const task of lease.tasks) held.set(task.fence, task)
    const tasks = [...held.values()]
    const adoption = { slots: slots.offered, ttl: leaseTtl, topFence: lease.topFence, tasks }
    try {
      const reply = await broker.adopt(lease.queue, lease.worker, adoption)
      farewell.mustAdopt = false
      const verdicts = new Map(tasks.map(({ fence }, i) => [fence, reply.verdicts[i]]))
      addForgotten(lease, calls, settled, verdicts)
      return reply.lease === 'held'
    } catch (error) {
      if (isPassing(error)) throw error
      const what = `queue ${lease.queue}: the store could not be told what a former lease held`
      logger.warn(`${what}: ${errorMessage(error)}`)
      farewell.mustAdopt = false
      return false
    }
  }

  /** @returns whether the store has the lease @throws a refusal that passes */
  async #settleNext({ lease, calls }: Farewell): Promise<boolean> {
    const [next] = calls
    if (next === undefined) return false
    const { call, batch } = next
    try {
      const settlements = batch.map(({ end }) => end)
      const { verdicts } = await this.parts.broker.settle(call, settlements, 0)
      calls.shift()
      this.settled?.add(batch)
      this.answers.take(batch, verdicts)
    } catch (error) {
      if (isPassing(error)) throw error
      // Then the store is told what the worker held, before it is asked again.
      if (isPulsarError(error, 'PQ_HISTORY_CHANGED')) return true
      if (isPulsarError(error, 'PQ_LEASE_LOST')) return false
      calls.shift()
      const last = Math.max(lease.seq, ...[next, ...calls].map((each) => each.call.seq))
      // One of them is to blame.
      if (batch.length > 1) calls.push(...batch.map((outcome, i) => callOf(lease, last + 1 + i, [outcome])))
      else this.#giveUp(batch, error)
    }
    return true
  }

  #giveUp(batch: readonly Unsettled[], refusal: unknown): void {
    this.answers.forget(batch)
    for (const { end } of batch)
      this.parts.logger.warn(`task ${end.task.id} runs again, since its end was refused: ${errorMessage(refusal)}`)
  }

  #drop(calls: SettleCall[]): void {
    for (const { batch } of calls.splice(0)) this.answers.forget(batch)
  }
}

/** Adds calls for the ends that the store had recorded, and has forgotten: it gives their tasks back to the worker. */
function addForgotten(
  lease: EndedLease,
  calls: SettleCall[],
  settled: readonly RunEnd[],
  verdicts: ReadonlyMap<number, AdoptVerdict | undefined>,
): void {
  const fences = new Set(calls.flatMap(({ batch }) => batch.map(({ end }) => end.task.fence)))
  const forgotten: Unsettled[] = []
  for (const end of settled) {
    if (verdicts.get(end.task.fence) !== 'held' || fences.has(end.task.fence)) continue
    // Once, however often it was settled.
    fences.add(end.task.fence)
    forgotten.push({ run: null, end, stage: 'together' })
  }
  calls.push(...callsOf(lease, Math.max(lease.seq, ...calls.map(({ call }) => call.seq)), forgotten))
}

/** @param seq - number of the last call */
function callsOf(lease: EndedLease, seq: number, outcomes: readonly Unsettled[]): SettleCall[] {
  const large = outcomes.filter(isLarge)
  const small = outcomes.filter((outcome) => !isLarge(outcome))
  const batches = [...(small.length > 0 ? [small] : []), ...large.map((outcome) => [outcome])]
  return batches.map((batch, i) => callOf(lease, seq + 1 + i, batch))
}

function callOf({ queue, worker }: EndedLease, seq: number, batch: readonly Unsettled[]): SettleCall {
  return { call: { queue, worker, lane: 0, seq }, batch, max: 0 }
}
