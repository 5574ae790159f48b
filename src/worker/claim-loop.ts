import type { Executor } from '../execution/executor.js'
import type { Run } from '../execution/run.js'
import type { Logger } from '../logging/logger.js'
import type { AdoptVerdict, Broker, ClaimedTask, SettleReply, WorkerNotice } from '../stores/broker.js'
import { LASTING_HISTORY } from '../stores/store-history.js'
import type { AdoptingLoop } from './adoption.js'
import { AnsweredOutcomes } from './answered-outcomes.js'
import { ClaimAhead } from './claim-ahead.js'
import { ClaimPause } from './claim-pause.js'
import { ClaimPlan } from './claim-plan.js'
import type { ConcurrencyLimiter } from './concurrency-limiter.js'
import type { ConsumerObserver } from './consumer-observer.js'
import { HandOffs } from './hand-offs.js'
import { IdleWait } from './idle-wait.js'
import type { EndedLease } from './last-calls.js'
import { LastCalls } from './last-calls.js'
import type { PresentRuns } from './present-runs.js'
import type { QueueLease } from './queue-lease.js'
import { RefusedCalls } from './refused-calls.js'
import type { SettleLane } from './settle-lane.js'
import { LARGE_LANE, SettleLanes } from './settle-lanes.js'
import type { SettleAnswer, SettleCall, Unsettled } from './settle-sender.js'
import { SettledOutcomes } from './settled-outcomes.js'
import type { Slots } from './slots.js'
import { StateWaiters } from './state-waiters.js'
import type { StarterLoop } from './task-starter.js'
import { TaskStarter } from './task-starter.js'
import { UnsettledOutcomes } from './unsettled-outcomes.js'

/** The parts of a {@link ClaimLoop}. */
export interface ClaimLoopParts {
  readonly broker: Broker
  readonly executor: Executor
  readonly limiter: ConcurrencyLimiter
  readonly logger: Logger
  /** Shared with the loops of the worker's other queues. */
  readonly slots: Slots
  /** ms */
  readonly leaseTtl: number
  /** First idle wait before the queue is looked at again, ms, see {@link IdleWait}. */
  readonly poolTimeout: number
  readonly observer: ConsumerObserver
}

/**
 * Settles and claims in one queue. Created by the `QueueConsumer`.
 *
 * 1. A call of `settle` records the outcomes since the last call and claims tasks: as many as the `ClaimPlan` says. It goes on one
 * of two lanes, so that the next call need not wait for its answer. 2. The `TaskStarter` starts the claimed tasks as there are
 * free slots, and takes the ends of their runs. 3. The end of the last run of a claim sends the next call at once; any other end
 * sends it at the end of the turn. 4. When a queue is empty, the store lists the worker as idle. A notice, the next due time or
 * the longest idle wait claims again; the store may also hand tasks over. 5. `RefusedCalls` deals with the outcomes of a call that
 * the store refuses for good. Claims and the outcomes of other tasks never wait for one that is refused again and again.
 */
export class ClaimLoop implements StarterLoop, AdoptingLoop {
  readonly #outcomes = new UnsettledOutcomes(() => {
    // It goes by itself, without a claim, and the store then lists this worker as idle no more.
    this.look()
  })
  /** Null: the store forgets nothing. */
  readonly #settled: SettledOutcomes | null
  readonly #starter: TaskStarter
  readonly #plan: ClaimPlan
  readonly #answers: AnsweredOutcomes
  readonly #lastCalls: LastCalls
  readonly #refusals: RefusedCalls
  readonly #handOffs: HandOffs
  readonly #ahead: ClaimAhead
  readonly #lanes: SettleLanes
  readonly #idle: IdleWait
  readonly #pause: ClaimPause
  readonly #waiters = new StateWaiters()
  #isScheduled = false
  #isPaused = false

  constructor(
    private readonly parts: ClaimLoopParts,
    private readonly lease: QueueLease,
  ) {
    const answered = (lane: SettleLane, sent: SettleCall, answer: SettleAnswer): void => {
      this.#take(lane, sent, answer)
    }
    const look = (): void => {
      this.look()
    }
    this.#settled = parts.broker.history === LASTING_HISTORY ? null : new SettledOutcomes()
    this.#lanes = new SettleLanes(parts, lease, answered, () => {
      parts.observer.slotsFreed()
    })
    this.#idle = new IdleWait(parts.poolTimeout, look)
    this.#pause = new ClaimPause(parts.logger, lease.queue, look)
    this.#ahead = new ClaimAhead(parts.slots.total)
    const [outcomes, ahead, pause] = [this.#outcomes, this.#ahead, this.#pause]
    this.#starter = new TaskStarter(parts, lease, outcomes, ahead, this)
    this.#plan = new ClaimPlan({ slots: parts.slots, ahead, pause, outcomes, taken: this.#starter }, this)
    this.#handOffs = new HandOffs(lease, this.#starter)
    this.#answers = new AnsweredOutcomes(parts)
    const answers = this.#answers
    const lastCalls = new LastCalls(parts, answers, this.#settled)
    this.#lastCalls = lastCalls
    this.#refusals = new RefusedCalls({ ...parts, lease, outcomes, pause, answers, lastCalls })
    this.#contend()
  }

  get runs(): PresentRuns {
    return this.#starter.runs
  }

  /** Settles and claims soon. Does nothing when there is nothing to do. Several calls in one turn of the event loop count as one. */
  pump(): void {
    if (this.#isScheduled || !this.#hasWork()) return
    this.#isScheduled = true
    this.parts.observer.scheduled()
  }

  /** Sends the calls that are scheduled, if there are any, and still something to send. */
  sendScheduled(): void {
    if (!this.#isScheduled) return
    this.#isScheduled = false
    this.#starter.start()
    this.#flush()
    this.#waiters.changed()
  }

  /** Claims as soon as there is a free slot, even without a notice of the store. */
  look(): void {
    this.#plan.look()
    this.pump()
  }

  notified(notice: WorkerNotice): void {
    if (notice.kind === 'order') {
      this.parts.observer.ordered(notice.order)
      return
    }
    if (notice.kind === 'revoked') {
      this.#starter.held.drop(notice.id)
      this.runs.get(notice.id)?.abort('revoked')
      return
    }
    this.#idle.reset()
    if (notice.kind === 'handed') {
      this.parts.observer.listened(notice.queue, notice.hasListeners)
      this.#handOffs.take(notice.tasks)
    } else this.#plan.wake()
    this.pump()
  }

  /** Returns what has not started, and is listed as idle no more: the slots are quiet. */
  quiet(): void {
    this.#starter.releaseHeld()
    this.#plan.wake()
    this.pump()
  }

  /** The worker has another number of slots. */
  resized(): void {
    this.#ahead.resize(this.parts.slots.total)
    this.look()
  }

  /** Claims once more. Resolves when the queue had no ready task and nothing runs here, or when the consumer stops. */
  async whenIdle(): Promise<void> {
    this.look()
    await this.#waiters.until(() => this.#isStopped() || this.#isIdle())
  }

  /** Resolves when nothing runs and everything is settled, or has been refused often enough. */
  async whenSettled(): Promise<void> {
    // Nothing is claimed any more, so whenIdle() ends, too.
    this.#idle.clear()
    this.#starter.releaseHeld()
    this.#outcomes.takeBack()
    this.#contend()
    this.#waiters.changed()
    this.pump()
    await this.#waiters.until(() => this.runs.size === 0 && this.#isSettled() && !this.#lanes.areSending)
  }

  /** Resolves when no call is under way. */
  async whenAnswered(): Promise<void> {
    await this.#waiters.until(() => !this.#lanes.areSending)
  }

  /** Aborts all runs and forgets held tasks: they are no longer this worker's. @param former - the lease, if there was one */
  abandon(why: 'lease-lost' | 'shutdown', former: Pick<EndedLease, 'worker' | 'seq' | 'wasAdopting'> | null): void {
    this.#idle.clear()
    this.#pause.clear()
    if (former !== null) {
      const { topFence } = this
      const [tasks, outcomes] = [this.holdings(), this.#outcomes.clear()]
      this.#lastCalls.add({ ...former, queue: this.lease.queue, tasks, outcomes, topFence })
    }
    this.#starter.abandon(why)
    this.#lanes.endPauses()
    this.#plan.hasMore = false
    this.#contend()
    this.#handOffs.forget()
    this.#waiters.changed()
  }

  /** @returns resolves when a large outcome that is on its way under a former id is answered; null: none is */
  whenLargeTold(worker: string): Promise<void> | null {
    const isTelling = (): boolean => this.#lanes.areTelling(worker, 'large')
    return isTelling() ? this.#waiters.until(() => !isTelling()) : null
  }

  /** Has recorded what had ended under a former id. @throws what the broker throws when it cannot be reached */
  async tellLast(worker: string): Promise<void> {
    await this.#waiters.until(() => !this.#lanes.areTelling(worker, 'any'))
    await this.#lastCalls.send(worker)
  }

  formerIds(): readonly string[] {
    return this.#lastCalls.forgotten()
  }

  /** What had ended under former ids is told no more. */
  forgetLast(): void {
    this.#lastCalls.forget()
  }

  holdings(): readonly ClaimedTask[] {
    const tasks = new Map<number, ClaimedTask>()
    const add = (task: ClaimedTask): unknown => tasks.set(task.fence, task)
    for (const { task } of this.#settled?.ends() ?? []) add(task)
    for (const { end } of this.#outcomes.all()) add(end.task)
    for (const claimed of this.#starter.held.all()) add(claimed)
    for (const run of this.runs) if (!isGone(run)) add(run.claimed)
    return [...tasks.values()]
  }

  get topFence(): number {
    return this.holdings().reduce((top, { fence }) => Math.max(top, fence), this.#handOffs.highest)
  }

  adopted(verdicts: ReadonlyMap<number, AdoptVerdict>, topFence: number): void {
    const isOurs = ({ fence }: ClaimedTask): boolean => verdicts.get(fence) === 'held'
    // Of a task that has ended since the store was asked, the outcome is refused.
    for (const run of [...this.runs]) if (!isOurs(run.claimed)) run.abort('lease-lost')
    this.#starter.held.dropAll((claimed) => !isOurs(claimed))
    const unsettled = new Set(this.#outcomes.all().map(({ end }) => end.task.fence))
    for (const end of this.#settled?.ends() ?? []) {
      if (!isOurs(end.task) || unsettled.has(end.task.fence)) continue
      // Once, however often it was settled.
      unsettled.add(end.task.fence)
      this.#outcomes.add({ run: null, end, stage: 'together' })
    }
    this.#handOffs.adopted(topFence)
  }

  useReserved(): boolean {
    return this.#lanes.useReserved()
  }

  claimAgain(): void {
    this.#plan.look()
  }

  ended(isLast: boolean): void {
    if (isLast && !this.parts.slots.isWantedBesides(this)) this.#flush()
    this.pump()
    this.#waiters.changed()
  }

  released(): void {
    this.pump()
  }

  get isClaiming(): boolean {
    return this.#plan.isUnderWay
  }

  #isStopped(): boolean {
    return this.lease.state === 'stopping' || this.lease.state === 'left'
  }

  #isIdle(): boolean {
    const isBusy = this.#lanes.areSending || this.#isScheduled || this.#plan.isWanted
    if (isBusy || this.lease.state === 'joining' || this.lease.isAdopting) return false
    return this.runs.size === 0 && this.#starter.held.count === 0 && this.#outcomes.isEmpty
  }

  #isSettled(): boolean {
    return this.#outcomes.isEmpty && this.#outcomes.setAsideCount === 0
  }

  #hasWork(): boolean {
    const { hasSmall, large } = this.#outcomes
    return hasSmall || large > 0 || this.#plan.isWanted || this.#starter.held.count > 0
  }

  #contend(): void {
    this.#plan.contend(this.lease.state, this.#hasWork())
  }

  /** Sends what can be sent on the lanes that are free. */
  #flush(): void {
    if (this.lease.isAdopting) return
    for (const lane of this.#lanes.all) {
      if (lane.call !== null) continue
      if (lane.number === LARGE_LANE && this.#outcomes.large > 0) this.#sendLarge(lane)
      else this.#sendNext(lane)
    }
    this.#contend()
  }

  #sendLarge(lane: SettleLane): void {
    const outcome = this.lease.id === null ? undefined : this.#outcomes.takeLarge()
    if (outcome === undefined) return
    this.#plan.isLargeUnderWay = true
    this.#send(lane, [outcome], 0)
  }

  /** Sends outcomes, a claim, or both; nothing where there is neither. */
  #sendNext(lane: SettleLane): void {
    if (this.lease.id === null) return
    const isConsuming = this.lease.state === 'consuming'
    const max = isConsuming ? this.#plan.mostToClaim() : 0
    const passesWakeOn = isConsuming && this.#plan.passesWakeOn
    if (!this.#outcomes.hasSmall && max === 0 && !passesWakeOn) return
    this.#plan.decided(max)
    this.#send(lane, this.#outcomes.take(), max)
  }

  #send(lane: SettleLane, batch: readonly Unsettled[], max: number): void {
    const { id: worker, queue } = this.lease
    if (worker === null) return
    const told = batch.length > 0 ? this.parts.observer.sending(batch) : null
    const { slots } = this.parts
    // A claim ahead is for slots that are in use: those that are free now are for the tasks that have come already.
    const reserved = this.#plan.isAhead ? 0 : slots.reserve(max)
    const freeSlots = Math.max(1, this.#plan.isAhead ? slots.free : reserved)
    const seq = this.lease.nextSeq()
    const call = { queue, worker, lane: lane.number, seq, freeSlots, handOff: this.#handOffs.last }
    this.#lanes.send(lane, { call, batch, max }, reserved, told)
  }

  #take(lane: SettleLane, sent: SettleCall, answer: SettleAnswer): void {
    this.#plan.answered(sent.max)
    if (lane.number === LARGE_LANE && this.#plan.isLargeUnderWay) {
      this.#plan.isLargeUnderWay = false
      // Claims may have waited for it.
      if (this.lease.state === 'consuming') this.#plan.look()
    }
    if ('reply' in answer) this.#answered(sent, answer.reply)
    else this.#refused(sent, answer.refusal)
    this.#starter.releaseWhenAnswered()
    this.#contend()
    // A claim may have brought fewer tasks than it had reserved slots for, and another queue may have lacked them meanwhile.
    this.parts.observer.slotsFreed()
    this.pump()
    this.#waiters.changed()
  }

  #answered({ call, batch, max }: SettleCall, reply: SettleReply): void {
    const { verdicts, tasks, handed = [], nextDue, paused, hasListeners, idle = 0 } = reply
    const { observer } = this.parts
    observer.listened(call.queue, hasListeners)
    if (max > 0) this.#pause.succeeded()
    if (batch.length > 0) {
      this.#pause.recorded()
      this.#settled?.add(batch)
    }
    for (const { end } of batch) {
      if (end.kind === 'release' && end.forOthers === true) this.#idle.leftToOthers(end.delay)
    }
    if (paused !== this.#isPaused) {
      this.#isPaused = paused
      this.parts.limiter.paused(call.queue, paused)
    }
    // The verdicts count even where the lease has ended meanwhile.
    this.#answers.take(batch, verdicts)
    if (call.worker !== this.lease.id) {
      if (tasks.length + handed.length > 0) this.lease.release(call.worker)
      return
    }
    const isConsuming = this.lease.state === 'consuming'
    if (isConsuming && max > 0) {
      this.#plan.hasMore = tasks.length === max
      this.#ahead.claimed(this.#plan.hasMore)
    }
    // Before the others: they were leased earlier.
    if (handed.length > 0) this.#handOffs.take(handed)
    if (tasks.length > 0) this.#starter.held.add(tasks, { left: tasks.length })
    if (!isConsuming) {
      this.#starter.releaseHeld()
      return
    }
    if (tasks.length > 0) {
      this.#idle.reset()
      observer.served(call.queue)
    }
    this.#starter.startAfterWait()
    if (!this.#plan.hasMore) this.#idle.begin(nextDue, idle)
  }

  #refused(sent: SettleCall, refusal: unknown): void {
    const refused = this.#refusals.take(sent, refusal)
    if (refused === 'unusable') this.#plan.hasMore = false
    else if (refused === 'again' && sent.max > 0) this.#plan.look()
  }
}

/** Whether a run goes on though its task is no longer this worker's. */
function isGone({ abortReason }: Run): boolean {
  return abortReason?.why === 'revoked' || abortReason?.why === 'lease-lost'
}
