import { isPulsarError } from '../errors.js'
import type { Executor } from '../execution/executor.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Run } from '../execution/run.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { Broker, ClaimedTask, SettleReply, Verdict, WorkerNotice } from '../stores/broker.js'
import { Backoff } from '../util/backoff.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'
import { errorMessage } from '../util/thrown.js'
import type { ConcurrencyLimiter } from './concurrency-limiter.js'
import type { ConsumerObserver } from './consumer-observer.js'
import { LargeOutcomes } from './large-outcomes.js'
import type { QueueLease } from './queue-lease.js'
import type { SettleAnswer, SettleCall, Unsettled } from './settle-sender.js'
import { SetAside } from './set-aside.js'
import { SettleSender } from './settle-sender.js'
import type { Slots } from './slots.js'

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

/** About the first and the longest pause of claiming, ms. */
const FIRST_CLAIM_PAUSE = 200
const LONGEST_CLAIM_PAUSE = 30_000
/** Longest idle wait, ms, unless the first one is longer. */
const LONGEST_IDLE_WAIT = 10_000

/**
 * Settles and claims in one queue, and starts the claimed tasks. Created by the `QueueConsumer`.
 *
 * 1. `pump()` sends one `settle` call: the outcomes since the last call, and a claim for the free slots, which are reserved
 * before. At most one call is under way. 2. The claimed tasks start if the consumer still consumes under the id that
 * claimed them. Otherwise they are released at once, and no run counts. 3. Each end of a run pumps again. 4. When a queue
 * is empty, the store lists the worker as idle. A notice, the next due time or the longest idle wait pumps. 5. When the
 * store refuses a call for good, one outcome is to blame: each of the batch is sent by itself, and the task whose outcome is
 * refused again ends as FAILURE with the store's words. 6. An outcome that is refused even so is set aside, and tried again
 * with growing pauses, by itself: claims and the outcomes of other tasks never wait for it.
 */
export class ClaimLoop {
  readonly runs = new Map<string, Run>()
  #unsettled: Unsettled[] = []
  /** Why a claim is wanted. A wake that finds no free slot here has to reach another worker. */
  #wanted: 'nothing' | 'look' | 'wake' = 'nothing'
  #call: 'none' | 'scheduled' | 'sent' = 'none'
  #timer: LongTimeout | undefined
  /** Set while claiming pauses: the store refused a claim, or a further outcome together with its replacement. */
  #claimPause: LongTimeout | null = null
  readonly #claimPauses = new Backoff(FIRST_CLAIM_PAUSE, LONGEST_CLAIM_PAUSE)
  readonly #outage: OutageLog
  /** Space claims out where the store refuses the outcome of one task after another: their tasks would all run in vain. */
  readonly #refusalPauses = new Backoff(FIRST_CLAIM_PAUSE, LONGEST_CLAIM_PAUSE)
  readonly #setAside: SetAside
  /** Next idle wait, ms. */
  #idleWait: number
  readonly #sender: SettleSender
  readonly #large: LargeOutcomes
  #waiters: (() => void)[] = []

  constructor(
    private readonly parts: ClaimLoopParts,
    private readonly lease: QueueLease,
  ) {
    this.#idleWait = parts.poolTimeout
    this.#sender = new SettleSender(parts, lease)
    this.#outage = new OutageLog(parts.logger, `queue ${lease.queue}: claims again`, 'error')
    this.#setAside = new SetAside((outcome) => {
      this.#unsettled.push(outcome)
      this.pump()
    })
    this.#large = new LargeOutcomes(parts, lease, (sent, answer) => {
      // Claims may have waited for it.
      if (this.lease.state === 'consuming' && this.#wanted === 'nothing') this.#wanted = 'look'
      this.#take(sent, answer)
    })
  }

  /** Settles and claims soon. Does nothing when there is nothing to do. Several calls in one turn of the event loop count as one. */
  pump(): void {
    if (this.#call !== 'none' || (this.#unsettled.length === 0 && this.#wanted === 'nothing')) return
    this.#call = 'scheduled'
    this.parts.observer.scheduled()
  }

  /** Sends the call that is scheduled, if there is one, and still something to send. */
  sendScheduled(): void {
    if (this.#call !== 'scheduled') return
    const next = this.#next()
    if (next === null) this.#call = 'none'
    else void this.#send(next)
  }

  /** Claims as soon as there is a free slot, even without a notice of the store. */
  look(): void {
    if (this.#wanted === 'nothing') this.#wanted = 'look'
    this.pump()
  }

  notified(notice: WorkerNotice): void {
    if (notice.kind === 'revoked') {
      this.runs.get(notice.id)?.abort('revoked')
      return
    }
    this.#wanted = 'wake'
    this.#idleWait = this.parts.poolTimeout
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
    this.#timer?.clear()
    this.#signal()
    this.#unsettled.push(...this.#setAside.takeAll())
    this.pump()
    await this.#when(() => this.runs.size === 0 && !this.#hasUnsettled && !this.#isSending)
  }

  /** Resolves when no call is under way. */
  async whenAnswered(): Promise<void> {
    await this.#when(() => !this.#isSending)
  }

  /** Aborts all runs and forgets unsettled outcomes: the tasks are no longer this worker's. */
  abandon(why: 'lease-lost' | 'shutdown'): void {
    this.#timer?.clear()
    this.#claimPause?.clear()
    this.#claimPause = null
    this.#claimPauses.succeeded()
    this.#refusalPauses.succeeded()
    for (const run of this.runs.values()) run.abort(why)
    this.runs.clear()
    this.#forget(this.#unsettled.splice(0))
    this.#forget(this.#setAside.takeAll())
    this.#forget(this.#large.abandon())
    this.#sender.endPause()
    this.#signal()
  }

  get #isStopped(): boolean {
    return this.lease.state === 'stopping' || this.lease.state === 'left'
  }

  get #isIdle(): boolean {
    const looks = this.#call !== 'none' || this.#wanted !== 'nothing' || this.lease.state === 'joining'
    // What is set aside may be refused for ever.
    return !looks && this.runs.size === 0 && this.#unsettled.length === 0 && this.#large.count === 0
  }

  get #hasUnsettled(): boolean {
    return this.#unsettled.length > 0 || this.#setAside.count > 0 || this.#large.count > 0
  }

  get #isSending(): boolean {
    return this.#call === 'sent' || this.#large.isSending
  }

  /** Builds the next call and takes its outcomes from the list; null when there is nothing to send. */
  #next(): SettleCall | null {
    const { id: worker, queue } = this.lease
    if (worker === null) return null
    const isConsuming = this.lease.state === 'consuming'
    const isWanted = this.#wanted !== 'nothing' || this.#unsettled.length > 0
    const isAlone = this.#unsettled[0] !== undefined && this.#unsettled[0].stage !== 'together'
    // Large outcomes that come faster than they can be sent would fill the memory.
    const hasRoom = this.#claimPause === null && this.#large.count < this.parts.slots.total
    const max = isConsuming && isWanted && !isAlone && hasRoom ? this.parts.slots.reserve() : 0
    const passesWakeOn = isConsuming && this.#wanted === 'wake'
    if (this.#unsettled.length === 0 && max === 0 && !passesWakeOn) return null
    if (max > 0) this.#wanted = 'nothing'
    // A claim of 0 tasks makes the store wake another worker. This worker looks again as soon as it has a free slot.
    else if (this.#wanted === 'wake') this.#wanted = 'look'
    const call = { queue, worker, lane: 0, seq: this.lease.nextSeq() }
    return { call, batch: this.#takeBatch(), max }
  }

  /** The first outcome where it goes alone; else all before the next one that does, which no claim waits for. */
  #takeBatch(): Unsettled[] {
    const next = this.#unsettled.findIndex(({ stage }) => stage !== 'together')
    return this.#unsettled.splice(0, next === -1 ? Infinity : Math.max(next, 1))
  }

  async #send(sent: SettleCall): Promise<void> {
    this.#call = 'sent'
    const answer = await this.#sender.send(sent)
    this.#call = 'none'
    this.#take(sent, answer)
  }

  #take(sent: SettleCall, answer: SettleAnswer): void {
    if ('reply' in answer) this.#answered(sent, answer.reply)
    else this.#refused(sent, answer.refusal)
    // A claim may have brought fewer tasks than it had reserved slots for, and another queue may have lacked them meanwhile.
    this.#freed()
  }

  #answered({ call, batch, max }: SettleCall, { verdicts, tasks, nextDue, hasListeners }: SettleReply): void {
    const { slots, observer } = this.parts
    observer.listened(call.queue, hasListeners)
    if (max > 0) {
      this.#claimPauses.succeeded()
      this.#outage.succeeded()
    }
    if (batch.length > 0) this.#refusalPauses.succeeded()
    // The verdicts count even where the lease has ended meanwhile.
    batch.forEach((each, i) => {
      this.#recorded(each, verdicts[i] ?? 'unknown')
    })
    if (this.lease.state !== 'consuming' || call.worker !== this.lease.id) {
      slots.release(max)
      this.#release(call.worker, tasks)
      return
    }
    slots.release(max - tasks.length)
    if (tasks.length > 0) {
      this.#idleWait = this.parts.poolTimeout
      observer.served(call.queue)
    }
    for (const claimed of tasks) this.#begin(claimed, call.worker)
    if (max > 0 && tasks.length === max) this.look()
    this.#arm(nextDue)
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
    const ended: Unsettled = { claimed, run, end, stage: 'together' }
    if (LargeOutcomes.has(ended)) this.#large.add(ended)
    else this.#unsettled.push(ended)
  }

  #refused({ call, batch, max }: SettleCall, refusal: unknown): void {
    this.parts.slots.release(max)
    const isLost = isPulsarError(refusal, 'PQ_LEASE_LOST') || isPulsarError(refusal, 'PQ_STALE_CALL')
    if (call.worker !== this.lease.id || isLost || isPulsarError(refusal, 'PQ_CLOSED')) {
      this.#forget(batch)
      if (isLost) this.lease.lose(call.worker)
      return
    }
    if (isPulsarError(refusal, 'PQ_KEY_TYPE')) {
      // The queue is to blame, and no outcome: they wait, and other queues get the slots.
      const isNew = batch.length === 0 || batch.some(({ patience }) => patience === undefined)
      this.#setAsideAll(batch)
      if (isNew) this.#pauseClaims('it cannot be used', refusal)
      return
    }
    const [first] = batch
    if (max > 0 && this.#wanted === 'nothing') this.#wanted = 'look'
    if (first === undefined) this.#pauseClaims(`claiming failed`, refusal)
    else if (batch.length > 1 || max > 0) {
      this.#unsettled.unshift(...batch.map((each) => ({ ...each, stage: 'alone' as const })))
    } else if (first.stage === 'refused') this.#keepRefusing(first, refusal)
    else this.#unsettled.unshift(this.#replaced(first, errorMessage(refusal)))
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
      this.#pauseClaimsFor(this.#refusalPauses)
    }
    this.#setAsideAll([outcome])
  }

  /** Keeps outcomes for a later try. A worker that stops gives up those that were tried often: leaving returns their tasks. */
  #setAsideAll(batch: readonly Unsettled[]): void {
    for (const outcome of batch) {
      if (this.#isStopped && SetAside.isHopeless(outcome)) this.#forget([outcome])
      else this.#setAside.add(outcome)
    }
  }

  /** Claims nothing for a while, since nothing here can change the refusal. Tasks that end meanwhile are settled. */
  #pauseClaims(what: string, refusal: unknown): void {
    if (this.#claimPause !== null) return
    this.#outage.failed(`queue ${this.lease.queue}: ${what}, will try again: ${errorMessage(refusal)}`)
    this.#pauseClaimsFor(this.#claimPauses)
  }

  #pauseClaimsFor(pauses: Backoff): void {
    this.#claimPause ??= longTimeout(() => {
      this.#claimPause = null
      this.look()
    }, pauses.failed())
  }

  /** Claims again at the next due time, or after the longest idle wait. */
  #arm(nextDue: number | null): void {
    this.#timer?.clear()
    const wait = Math.min(nextDue ?? Infinity, this.#idleWait)
    this.#idleWait = Math.max(this.parts.poolTimeout, Math.min(2 * this.#idleWait, LONGEST_IDLE_WAIT))
    this.#timer = longTimeout(() => {
      this.look()
    }, wait)
  }

  #begin(claimed: ClaimedTask, worker: string): void {
    const { executor, limiter, observer } = this.parts
    const run = executor.runOf(this.lease.queue, claimed, {
      onBegin: (begun) => {
        observer.started(begun)
      },
      onProgress: async (of, value) => {
        await observer.progressed(of, worker, value)
      },
    })
    this.runs.set(claimed.id, run)
    void limiter.execute(executor, run).then((end) => {
      this.#ended(run, end)
    })
  }

  #ended(run: Run, end: RunEnd): void {
    const { slots, limiter } = this.parts
    slots.release(1)
    const isOurs = this.runs.get(run.claimed.id) === run
    if (isOurs) this.runs.delete(run.claimed.id)
    const isGone = run.abortReason?.why === 'revoked' || run.abortReason?.why === 'lease-lost'
    if (isOurs && !isGone) this.#end(run.claimed, run, end)
    else limiter.settled(run, false)
    if (this.lease.state === 'consuming' && this.#wanted === 'nothing') this.#wanted = 'look'
    this.#freed()
  }

  #freed(): void {
    // First the queues that have waited longer than this one.
    this.parts.observer.slotsFreed()
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
    for (const resolve of this.#waiters.splice(0)) resolve()
  }
}
