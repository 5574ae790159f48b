import { isPulsarError } from '../errors.js'
import type { Executor } from '../execution/executor.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Run, RunHooks } from '../execution/run.js'
import type { Logger } from '../logging/logger.js'
import type { Broker, ClaimedTask, SettleReply, Verdict, WorkerNotice } from '../stores/broker.js'
import { errorMessage } from '../util/thrown.js'
import { performance, systemTime } from '../util/timers.js'
import { ClaimAhead, SHORT_RUN } from './claim-ahead.js'
import { ClaimPause } from './claim-pause.js'
import type { ConcurrencyLimiter } from './concurrency-limiter.js'
import type { ConsumerObserver } from './consumer-observer.js'
import type { ClaimedBatch, HeldTask } from './held-tasks.js'
import { HeldTasks } from './held-tasks.js'
import { IdleWait } from './idle-wait.js'
import { InTurn } from './in-turn.js'
import { LoopTimer } from './loop-timer.js'
import type { QueueLease } from './queue-lease.js'
import { SettleLane } from './settle-lane.js'
import { SetAside } from './set-aside.js'
import type { SettleAnswer, SettleCall, Unsettled } from './settle-sender.js'
import type { Slots } from './slots.js'
import { UnsettledOutcomes } from './unsettled-outcomes.js'

/** The parts of a {@link ClaimLoop}. */
export interface ClaimLoopParts {
  readonly broker: Broker
  readonly executor: Executor
  readonly limiter: ConcurrencyLimiter
  readonly logger: Logger
  /** Shared with the loops of the worker's other queues. */
  readonly slots: Slots
  /** First idle wait before the queue is looked at again, ms. It doubles while nothing is found. */
  readonly poolTimeout: number
  readonly observer: ConsumerObserver
}

/** The lane of large outcomes, while there are any. The other one never waits for one. */
const LARGE_LANE = 1
/** Time between two looks at the tasks that are held and have not started, ms. */
const HELD_LOOK = 5
/** Time after which a call hangs, ms: its slots are given back. */
const HANGING = 60

/**
 * Settles and claims in one queue, and starts the claimed tasks. Created by the `QueueConsumer`.
 *
 * 1. A call of `settle` records the outcomes since the last call and claims tasks. It goes on one of two lanes, so that the
 * next call need not wait for its answer. 2. The claimed tasks start as there are free slots, if the consumer still consumes
 * under the id that claimed them. Otherwise they are released at once, and no run counts. 3. While runs are short, more tasks
 * are claimed than there are slots. What has not started after a few milliseconds is released. 4. The end of the last run of
 * a claim sends the next call at once; any other end sends it at the end of the turn. 5. When a queue is empty, the store
 * lists the worker as idle. A notice, the next due time or the longest idle wait claims again; the store may also hand tasks
 * over. 6. When the store refuses a call for good, one outcome is to blame: each of the batch is sent by itself, and the task
 * whose outcome is refused again ends as FAILURE with the store's words. 7. An outcome that is refused even so is set aside, and
 * tried again with growing pauses, by itself: claims and the outcomes of other tasks never wait for it.
 */
export class ClaimLoop {
  readonly runs = new Map<string, Run>()
  readonly #outcomes = new UnsettledOutcomes(() => {
    this.pump()
  })
  readonly #held = new HeldTasks()
  readonly #ahead: ClaimAhead
  readonly #lanes: readonly SettleLane[]
  readonly #turns = new InTurn()
  readonly #idle: IdleWait
  readonly #pause: ClaimPause
  readonly #heldLooks = new LoopTimer(HELD_LOOK, () => this.#releaseStale())
  readonly #hangLooks = new LoopTimer(HANGING, () => this.#giveBackReserved())
  /** Why a claim is wanted. A wake that finds no free slot here has to reach another worker. */
  #wanted: 'nothing' | 'look' | 'wake' = 'nothing'
  /** Whether the last claim was filled, so that there may be more. */
  #hasMore = false
  #isScheduled = false
  #isStarting = false
  /** Number of tasks that the calls under way may bring. */
  #claiming = 0
  #isLargeUnderWay = false
  /** Fence of the last hand-off, and the highest fence of its tasks. A hand-off comes as a notice and again in a reply. */
  #handOff = 0
  #handedTo = 0
  #hooks: { readonly worker: string; readonly hooks: RunHooks } | null = null
  #waiters: (() => void)[] = []

  constructor(
    private readonly parts: ClaimLoopParts,
    private readonly lease: QueueLease,
  ) {
    const answered = (lane: SettleLane, sent: SettleCall, answer: SettleAnswer): void => {
      this.#turns.do(() => {
        this.#take(lane, sent, answer)
      })
    }
    this.#lanes = [new SettleLane(parts, lease, 0, answered), new SettleLane(parts, lease, LARGE_LANE, answered)]
    this.#ahead = new ClaimAhead(parts.slots.total)
    this.#idle = new IdleWait(parts.poolTimeout, () => {
      this.look()
    })
    this.#pause = new ClaimPause(parts.logger, lease.queue, () => {
      this.look()
    })
    this.#contend()
  }

  /** Settles and claims soon. Does nothing when there is nothing to do. Several calls in one turn of the event loop count as one. */
  pump(): void {
    if (this.#isScheduled || !this.#hasWork) return
    this.#isScheduled = true
    this.parts.observer.scheduled()
  }

  /** Sends the calls that are scheduled, if there are any, and still something to send. */
  sendScheduled(): void {
    if (!this.#isScheduled) return
    this.#isScheduled = false
    this.#startHeld()
    this.#flush()
    this.#signal()
  }

  /** Claims as soon as there is a free slot, even without a notice of the store. */
  look(): void {
    if (this.#wanted === 'nothing') this.#wanted = 'look'
    this.pump()
  }

  notified(notice: WorkerNotice): void {
    if (notice.kind === 'revoked') {
      this.#held.drop(notice.id)
      this.runs.get(notice.id)?.abort('revoked')
      return
    }
    this.#idle.reset()
    if (notice.kind === 'handed') {
      this.parts.observer.listened(notice.queue, notice.hasListeners)
      this.#takeHanded(notice.tasks)
    } else this.#wanted = 'wake'
    this.pump()
  }

  /** Claims once more. Resolves when the queue had no ready task and nothing runs here, or when the consumer stops. */
  async whenIdle(): Promise<void> {
    this.look()
    await this.#when(() => this.#isStopped || this.#isIdle)
  }

  /** Resolves when nothing runs and everything is settled, or has been refused often enough. */
  async whenSettled(): Promise<void> {
    // Nothing is claimed any more, so whenIdle() ends, too.
    this.#idle.clear()
    this.#releaseHeld(this.#held.clear())
    this.#outcomes.takeBack()
    this.#contend()
    this.#signal()
    this.pump()
    await this.#when(() => this.runs.size === 0 && this.#isSettled && !this.#isSending)
  }

  /** Resolves when no call is under way. */
  async whenAnswered(): Promise<void> {
    await this.#when(() => !this.#isSending)
  }

  /** Aborts all runs and forgets held tasks and unsettled outcomes: the tasks are no longer this worker's. */
  abandon(why: 'lease-lost' | 'shutdown'): void {
    this.#idle.clear()
    this.#pause.clear()
    for (const run of this.runs.values()) run.abort(why)
    this.runs.clear()
    this.#held.clear()
    this.#forget(this.#outcomes.clear())
    for (const lane of this.#lanes) lane.endPause()
    this.#hasMore = false
    this.#contend()
    this.#handOff = 0
    this.#handedTo = 0
    this.#signal()
  }

  get #isStopped(): boolean {
    return this.lease.state === 'stopping' || this.lease.state === 'left'
  }

  get #isIdle(): boolean {
    const looks = this.#isSending || this.#isScheduled || this.#wanted !== 'nothing' || this.#hasMore
    if (looks || this.lease.state === 'joining') return false
    return this.runs.size === 0 && this.#held.count === 0 && this.#outcomes.isEmpty
  }

  get #isSettled(): boolean {
    return this.#outcomes.isEmpty && this.#outcomes.setAsideCount === 0
  }

  get #isSending(): boolean {
    return this.#lanes.some(({ call }) => call !== null)
  }

  get #hasWork(): boolean {
    const { hasSmall, large } = this.#outcomes
    return hasSmall || large > 0 || this.#wanted !== 'nothing' || this.#hasMore || this.#held.count > 0
  }

  /** Sends what can be sent on the lanes that are free. */
  #flush(): void {
    for (const lane of this.#lanes) {
      if (lane.call !== null) continue
      if (lane.number === LARGE_LANE && this.#outcomes.large > 0) this.#sendLarge(lane)
      else this.#sendNext(lane)
    }
    this.#contend()
  }

  /** Tells the other queues whether this one needs slots. While it does, they claim for free slots only, and take turns. */
  #contend(): void {
    const { slots } = this.parts
    const { state } = this.lease
    const lacksSlots = this.#hasMore || (slots.free === 0 && this.#claiming === 0 && this.#hasWork)
    // A queue that is being joined has not claimed yet, so it has the first turn.
    slots.wait(this, state === 'joining' || (state === 'consuming' && lacksSlots && !this.#pause.isOn))
  }

  #sendLarge(lane: SettleLane): void {
    const outcome = this.lease.id === null ? undefined : this.#outcomes.takeLarge()
    if (outcome === undefined) return
    this.#isLargeUnderWay = true
    this.#send(lane, [outcome], 0)
  }

  /** Sends outcomes, a claim, or both; nothing where there is neither. */
  #sendNext(lane: SettleLane): void {
    if (this.lease.id === null) return
    const isConsuming = this.lease.state === 'consuming'
    const max = isConsuming && this.#canClaim ? this.#mostToClaim() : 0
    const passesWakeOn = isConsuming && this.#wanted === 'wake' && this.#claiming === 0
    if (!this.#outcomes.hasSmall && max === 0 && !passesWakeOn) return
    if (max > 0) this.#wanted = 'nothing'
    // A claim of 0 tasks makes the store wake another worker. This worker looks again as soon as it has a free slot.
    else if (this.#wanted === 'wake') this.#wanted = 'look'
    this.#send(lane, this.#outcomes.take(), max)
  }

  #send(lane: SettleLane, batch: readonly Unsettled[], max: number): void {
    const { id: worker, queue } = this.lease
    if (worker === null) return
    const told = batch.length > 0 ? this.parts.observer.sending() : null
    const reserved = this.parts.slots.reserve(max)
    const freeSlots = Math.max(1, reserved)
    this.#claiming += max
    const seq = this.lease.nextSeq()
    const call = { queue, worker, lane: lane.number, seq, freeSlots, handOff: this.#handOff }
    lane.send({ call, batch, max }, reserved, told)
    if (reserved > 0) this.#hangLooks.start()
  }

  get #canClaim(): boolean {
    const isWanted = this.#wanted !== 'nothing' || this.#hasMore || this.#outcomes.hasSmall
    // Large outcomes that come faster than they can be sent would fill the memory.
    const large = this.#outcomes.large + (this.#isLargeUnderWay ? 1 : 0)
    return isWanted && !this.#outcomes.isAlone && !this.#pause.isOn && large < this.parts.slots.total
  }

  #mostToClaim(): number {
    const { slots } = this.parts
    const { target, claim, isAhead } = this.#ahead
    const room = Math.min(claim, target - this.runs.size - this.#held.count - this.#claiming)
    if (!isAhead || slots.isWantedBesides(this)) return Math.max(0, Math.min(room, slots.free))
    // In front of a backlog, few large claims are cheaper than many small ones.
    return this.#hasMore && room < claim / 2 ? 0 : Math.max(0, room)
  }

  #take(lane: SettleLane, sent: SettleCall, answer: SettleAnswer): void {
    this.#claiming -= sent.max
    lane.free()
    if (lane.number === LARGE_LANE && this.#isLargeUnderWay) {
      this.#isLargeUnderWay = false
      // Claims may have waited for it.
      if (this.lease.state === 'consuming' && this.#wanted === 'nothing') this.#wanted = 'look'
    }
    if ('reply' in answer) this.#answered(sent, answer.reply)
    else this.#refused(sent, answer.refusal)
    this.#contend()
    // A claim may have brought fewer tasks than it had reserved slots for, and another queue may have lacked them meanwhile.
    this.parts.observer.slotsFreed()
    this.pump()
    this.#signal()
  }

  #answered({ call, batch, max }: SettleCall, reply: SettleReply): void {
    const { verdicts, tasks, handed = [], nextDue, hasListeners } = reply
    const { observer } = this.parts
    observer.listened(call.queue, hasListeners)
    if (max > 0) this.#pause.succeeded()
    if (batch.length > 0) this.#pause.recorded()
    // The verdicts count even where the lease has ended meanwhile.
    for (const [i, each] of batch.entries()) this.#recorded(each, verdicts[i] ?? 'unknown')
    if (this.lease.state !== 'consuming' || call.worker !== this.lease.id) {
      this.#release(call.worker, tasks)
      this.#release(call.worker, handed)
      return
    }
    if (max > 0) {
      this.#hasMore = tasks.length === max
      this.#ahead.claimed(this.#hasMore)
    }
    if (tasks.length > 0) {
      this.#idle.reset()
      observer.served(call.queue)
      this.#held.add(tasks, { left: tasks.length })
    }
    if (handed.length > 0) this.#takeHanded(handed)
    this.#startHeld()
    if (!this.#hasMore) this.#idle.begin(nextDue)
  }

  /** Takes tasks in that the store has leased to this worker of itself. */
  #takeHanded(tasks: readonly ClaimedTask[]): void {
    const known = this.#handedTo
    const added = tasks.filter(({ fence }) => fence > known)
    const [first] = added
    if (first === undefined) return
    this.#handOff = first.fence
    this.#handedTo = added.reduce((highest, { fence }) => Math.max(highest, fence), known)
    const { id } = this.lease
    if (this.lease.state !== 'consuming') {
      if (id !== null) this.#release(id, added)
      return
    }
    this.#held.add(added, { left: added.length })
    this.#startHeld(true)
  }

  /**
   * Starts held tasks while there are free slots.
   *
   * @param isHanded - for tasks of a hand-off. The claim that is under way, which has listed this worker as idle, brings fewer
   *   tasks than it has reserved slots for
   */
  #startHeld(isHanded = false): void {
    const { slots } = this.parts
    // A run that ends at once comes back here from the loop below.
    if (this.#isStarting) return
    this.#isStarting = true
    while (this.#held.count > 0) {
      // The end of a run may end the lease, or the use of it.
      const { id } = this.lease
      if (id === null || this.lease.state !== 'consuming') break
      if (slots.reserve(1) === 0 && !(isHanded && this.#lanes.some((lane) => lane.useReserved()))) break
      const held = this.#held.next()
      if (held !== undefined) this.#begin(held, id)
    }
    this.#isStarting = false
    if (this.#held.count > 0) this.#heldLooks.start()
  }

  /** Releases held tasks that do not start: runs are longer than it seemed. @returns whether any are left */
  #releaseStale(): boolean {
    const stale = this.#held.grow()
    if (stale.length > 0) {
      this.#ahead.holdBack()
      this.#releaseHeld(stale)
      // The store lists this worker as idle no more: it has to ask again.
      if (this.#wanted === 'nothing') this.#wanted = 'look'
    }
    this.pump()
    return this.#held.count > 0
  }

  #releaseHeld(held: readonly HeldTask[]): void {
    for (const { claimed } of held) this.#end(claimed, null, { kind: 'release', delay: 0 })
  }

  /** Gives the slots of hanging calls back to other queues. @returns whether any are still reserved */
  #giveBackReserved(): boolean {
    const since = performance.now() - HANGING + 1
    const given = this.#lanes.filter((lane) => lane.giveBackSince(since))
    if (given.length > 0) this.parts.observer.slotsFreed()
    return this.#lanes.some(({ hasReserved }) => hasReserved)
  }

  #recorded({ run, end }: Unsettled, verdict: Verdict): void {
    if (run === null) return
    this.parts.limiter.settled(run, verdict === 'recorded')
    if (verdict !== 'recorded') {
      run.logger.warn(`the outcome of the run was refused as ${verdict}: the task is no longer this worker's`)
      return
    }
    try {
      this.parts.observer.settled(run, end)
    } catch (error) {
      run.logger.error(`the end of the task could not be announced: ${errorMessage(error)}`)
    }
  }

  /** Releases tasks that were claimed and not started. */
  #release(worker: string, tasks: readonly ClaimedTask[]): void {
    if (tasks.length === 0) return
    if (worker !== this.lease.id) this.lease.release(worker)
    else for (const claimed of tasks) this.#end(claimed, null, { kind: 'release', delay: 0 })
  }

  #end(claimed: ClaimedTask, run: Run | null, end: RunEnd): void {
    this.#outcomes.add({ claimed, run, end, stage: 'together' })
  }

  #refused({ call, batch, max }: SettleCall, refusal: unknown): void {
    const isLost = isPulsarError(refusal, 'PQ_LEASE_LOST') || isPulsarError(refusal, 'PQ_STALE_CALL')
    if (call.worker !== this.lease.id || isLost || isPulsarError(refusal, 'PQ_CLOSED')) {
      this.#forget(batch)
      if (isLost) this.lease.lose(call.worker)
      return
    }
    if (isPulsarError(refusal, 'PQ_KEY_TYPE')) {
      // The queue is to blame, and no outcome: they wait, and other queues get the slots.
      const isNew = batch.length === 0 || batch.some(({ patience }) => patience === undefined)
      this.#setAside(batch)
      this.#hasMore = false
      if (isNew) this.#pause.begin('it cannot be used', refusal)
      return
    }
    const [first] = batch
    if (max > 0 && this.#wanted === 'nothing') this.#wanted = 'look'
    if (first === undefined) this.#pause.begin(`claiming failed`, refusal)
    else if (batch.length > 1 || max > 0) {
      this.#outcomes.addFirst(...batch.map((each) => ({ ...each, stage: 'alone' as const })))
    } else if (first.stage === 'refused') this.#keepRefusing(first, refusal)
    else this.#outcomes.addFirst(this.#replaced(first, errorMessage(refusal)))
  }

  /** Replaces an outcome that the store refused by itself: the task ends as FAILURE; a release is tried without a delay. */
  #replaced(refused: Unsettled, words: string): Unsettled {
    const { run, end } = refused
    if (run === null || end.kind === 'release') {
      return { ...refused, end: { kind: 'release', delay: 0 }, stage: 'refused' }
    }
    return { ...refused, end: this.parts.executor.refused(run, words), stage: 'refused' }
  }

  /** An outcome was refused together with its replacement. Said once for each task. */
  #keepRefusing(outcome: Unsettled, refusal: unknown): void {
    if (outcome.patience === undefined) {
      const what = `task ${outcome.claimed.id} cannot be settled`
      this.parts.logger.error(`queue ${this.lease.queue}: ${what}, will try again: ${errorMessage(refusal)}`)
      this.#pause.beginForOutcome()
    }
    this.#setAside([outcome])
  }

  /** Keeps outcomes for a later try. A worker that stops gives up those that were tried often: leaving returns their tasks. */
  #setAside(batch: readonly Unsettled[]): void {
    for (const outcome of batch) {
      if (this.#isStopped && SetAside.isHopeless(outcome)) this.#forget([outcome])
      else this.#outcomes.setAside(outcome)
    }
  }

  #begin({ claimed, batch }: HeldTask, worker: string): void {
    const { executor, limiter } = this.parts
    const run = executor.runOf(this.lease.queue, claimed, this.#hooksOf(worker))
    const limit = executor.limitOf(run)
    // A limited run may wait for its permit, so nothing may wait for its slot.
    if (limit !== null) this.#ahead.holdBack()
    this.runs.set(claimed.id, run)
    const end = limiter.execute(executor, run, limit)
    if ('kind' in end) this.#ended(run, batch, end)
    else
      void end.then((later) => {
        this.#ended(run, batch, later)
      })
  }

  #hooksOf(worker: string): RunHooks {
    if (this.#hooks?.worker !== worker) {
      const { observer } = this.parts
      const hooks: RunHooks = {
        onBegin: (begun) => {
          observer.started(begun)
        },
        onProgress: async (of, value) => {
          await observer.progressed(of, worker, value)
        },
      }
      this.#hooks = { worker, hooks }
    }
    return this.#hooks.hooks
  }

  #ended(run: Run, batch: ClaimedBatch, end: RunEnd): void {
    const { slots, limiter, observer } = this.parts
    batch.left -= 1
    this.#ahead.ended()
    if (run.startedAt > 0 && systemTime() - run.startedAt > SHORT_RUN) this.#ahead.holdBack()
    const isOurs = this.runs.get(run.claimed.id) === run
    if (isOurs) this.runs.delete(run.claimed.id)
    const isGone = run.abortReason?.why === 'revoked' || run.abortReason?.why === 'lease-lost'
    if (isOurs && !isGone) this.#end(run.claimed, run, end)
    else limiter.settled(run, false)
    if (this.lease.state === 'consuming' && this.#wanted === 'nothing') this.#wanted = 'look'
    slots.release(1)
    // First the queues that have waited longer than this one.
    if (slots.isWantedBesides(this)) observer.slotsFreed()
    else this.#startHeld()
    if (batch.left === 0 && !slots.isWantedBesides(this)) this.#flush()
    this.pump()
    this.#signal()
  }

  /** Releases the permits of runs whose outcomes the store will not record. */
  #forget(batch: readonly Unsettled[]): void {
    for (const { run } of batch) if (run !== null) this.parts.limiter.settled(run, false)
  }

  async #when(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  #signal(): void {
    if (this.#waiters.length === 0) return
    for (const resolve of this.#waiters.splice(0)) resolve()
  }
}
