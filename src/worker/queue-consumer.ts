import { randomBytes } from 'node:crypto'
import type { Broker, ClaimedTask, LaneCall, Settlement, SettleReply, WorkerNotice } from '../stores/broker.js'
import { isPulsarError } from '../errors.js'
import type { RunEnd, Executor } from '../execution/executor.js'
import { Run } from '../execution/run.js'
import type { TaskCall } from '../model/task-record.js'
import { REVOKED } from '../model/task-state.js'
import type { Clock } from '../util/clock.js'
import { LazyLogger } from '../logging/logger.js'
import type { Logger } from '../logging/logger.js'
import type { Slots } from './slots.js'
import type { Subscription } from '../util/subscription.js'
import type { Limits } from './concurrency-limiter.js'
import type { Heartbeat } from './heartbeat.js'

/** What a consumer is made of. */
export interface ConsumerParts {
  readonly broker: Broker
  readonly executor: Executor
  readonly limits: Limits
  readonly heartbeat: Heartbeat
  readonly logger: Logger
  /** Dates what tasks say of their runs. */
  readonly clock: Clock
  /** Shared with the consumers of the worker's other queues. */
  readonly slots: Slots
  readonly workerName: string
  /** ms */
  readonly leaseTtl: number
  /** Longest idle wait before looking again, ms. */
  readonly poolTimeout: number
  readonly observer: ConsumerObserver
}

/** Told of what a consumer does. Must not throw. */
export interface ConsumerObserver {
  begun(run: Run): void
  /** Resolves when the store has it. */
  progressed(run: Run, worker: string, value: unknown): Promise<void>
  recorded(run: Run, ending: RunEnd): void
  /** Whether someone listens to task events of the queue, as the store last said. */
  listeners(queue: string, someone: boolean): void
  /** Places became free: whoever waits for one may have a look, the queue that waits longest first. */
  released(): void
  /** The queue got places. */
  served(queue: string): void
}

interface Unsettled {
  readonly run: Run
  readonly ending: RunEnd
}

const REJOIN_DELAY = 200

/**
 * One queue of one worker: claim, run, settle. Made by the {@link Worker}.
 *
 * 1. `start()` joins the queue under a fresh id and listens to what the store has to say. 2. Each `pump()` sends one
 * settle: what ended since the last, and a claim for the free places, reserved before it is sent. 3. What comes back is
 * run; each end pumps again. 4. When the store has nothing it keeps the worker in its list of idle ones, and a notice,
 * the next due time or the idle wait pumps. 5. A lost lease aborts what runs and joins anew under another id. 6. `stop()`
 * claims no more, and resolves when what runs is over; `leave()` hands back the rest.
 */
export class QueueConsumer {
  readonly runs = new Map<string, Run>()
  #unsettled: Unsettled[] = []
  #worker = ''
  /** Its id before the lease was lost, until that was handed back. */
  #former: string | null = null
  #epoch = 0
  #seq = 0
  #calling = false
  #scheduled = false
  #look = false
  #woken = false
  #state: 'joining' | 'consuming' | 'stopping' | 'left' = 'joining'
  #timer: NodeJS.Timeout | undefined
  #subscription: Subscription | null = null
  #idle: (() => void)[] = []

  constructor(
    private readonly parts: ConsumerParts,
    readonly queue: string,
  ) {}

  /** Its present id in the store. */
  get worker(): string {
    return this.#worker
  }

  /** @throws what the broker throws when it cannot be reached */
  async start(): Promise<void> {
    await this.#join()
  }

  /** Looks whether there is something to settle or to claim. Cheap when there is not; calls of one turn are one. */
  pump(): void {
    if (this.#scheduled || this.#calling) return
    if (this.#unsettled.length === 0 && !this.#look && !this.#woken) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#pump()
    })
  }

  /**
   * Looks once more. Resolves when the queue had nothing to hand out and nothing runs here; tasks that run are waited
   * for, and so are those that come in meanwhile.
   */
  async rest(): Promise<void> {
    if (!this.#stateIs('consuming') && !this.#stateIs('joining')) return
    this.look()
    while (!this.#isAtRest) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  get #isAtRest(): boolean {
    if (this.#state === 'left') return true
    const looks = this.#calling || this.#scheduled || this.#look || this.#woken || this.#state === 'joining'
    return !looks && this.runs.size === 0 && this.#unsettled.length === 0
  }

  /** Claims as soon as there is a free place, whether the store has said something or not. */
  look(): void {
    this.#look = true
    this.pump()
  }

  /** Claims no more. Resolves when nothing runs and everything is settled. */
  async stop(): Promise<void> {
    if (this.#state !== 'left') this.#state = 'stopping'
    clearTimeout(this.#timer)
    this.pump()
    while (this.runs.size > 0 || this.#unsettled.length > 0 || this.#calling) {
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
  }

  /** Aborts what still runs and hands it back; no run counts. */
  async leave(): Promise<void> {
    this.#state = 'left'
    clearTimeout(this.#timer)
    for (const run of this.runs.values()) run.abort('shutdown')
    this.parts.heartbeat.remove(this.queue, this.#worker)
    await this.#subscription?.close()
    await this.parts.broker.leave(this.queue, this.#former ?? this.#worker).catch((error: unknown) => {
      this.parts.logger.warn(`queue ${this.queue} could not be left in good order: ${String(error)}`)
    })
    this.runs.clear()
    this.#dropUnsettled()
    this.#signalIdle()
  }

  /** The heartbeat says that the lease is gone. What ran under it is handed back, where nobody has taken it yet. */
  lost(worker: string): void {
    if (worker !== this.#worker || this.#state === 'left' || this.#state === 'joining') return
    this.#lose(worker)
  }

  /** Asks the store which long runs are still this worker's, in case it was not heard when it said so. */
  async verify(olderThan: number): Promise<void> {
    const old = [...this.runs.values()].filter((run) => run.startedAt > 0 && run.startedAt < olderThan)
    if (old.length === 0 || this.#state === 'joining' || this.#state === 'left') return
    const worker = this.#worker
    const held = await this.parts.broker.held(
      this.queue,
      worker,
      old.map((run) => ({ id: run.claimed.id, fence: run.claimed.fence })),
    )
    // One that ended while the store was asked is no longer held, rightly.
    const isMine = (run: Run): boolean => worker === this.#worker && this.runs.get(run.claimed.id) === run
    const gone = old.filter((run, i) => held[i] === false && isMine(run))
    if (gone.length === 0) return
    const ids = gone.map((run) => run.claimed.id)
    const records = await this.parts.broker.get(this.queue, ids)
    gone.forEach((run, i) => {
      if (isMine(run)) run.abort(records[i]?.header.status === REVOKED ? 'revoked' : 'lease-lost')
    })
  }

  async #join(): Promise<void> {
    this.#state = 'joining'
    this.#epoch += 1
    this.#seq = 0
    this.#worker = `${this.parts.workerName}:${randomBytes(4).toString('hex')}:${String(this.#epoch)}`
    const { broker, slots, leaseTtl, heartbeat } = this.parts
    const worker = this.#worker
    await this.#subscription?.close()
    this.#subscription = await broker.openWorker(worker, (notice) => {
      if (worker === this.#worker) this.#receive(notice)
    })
    const sentAt = performance.now()
    await broker.join(this.queue, { id: worker, slots: slots.total, leaseTtl })
    heartbeat.add(this.queue, worker, performance.timeOrigin + sentAt)
    if (this.#stateIs('joining')) this.#state = 'consuming'
    this.#look = true
    this.pump()
  }

  #lose(former: string | null): void {
    this.parts.logger.warn(
      `the lease on queue ${this.queue} was lost; its ${String(this.runs.size)} tasks are given up`,
    )
    const stopping = this.#state === 'stopping'
    this.#giveUp('lease-lost')
    this.#former = former
    if (stopping) this.#signalIdle()
    else void this.#rejoin()
  }

  async #rejoin(): Promise<void> {
    while (this.#stateIs('joining')) {
      try {
        // This process lives, and runs nothing of it any more: nobody need wait for its tasks, or suspect them.
        if (this.#former !== null) await this.parts.broker.leave(this.queue, this.#former)
        this.#former = null
        if (this.#stateIs('joining')) await this.#join()
        return
      } catch (error) {
        this.parts.logger.error(`queue ${this.queue} could not be joined, will try again: ${String(error)}`)
        await new Promise((resolve) => setTimeout(resolve, REJOIN_DELAY * (0.5 + Math.random())))
      }
    }
  }

  #stateIs(state: string): boolean {
    return this.#state === state
  }

  #receive(notice: WorkerNotice): void {
    if (notice.kind === 'revoked') {
      this.runs.get(notice.id)?.abort('revoked')
      return
    }
    this.#look = true
    this.#woken = true
    this.pump()
  }

  async #pump(): Promise<void> {
    if (this.#calling || this.#state === 'joining' || this.#state === 'left') return
    const { slots, limits } = this.parts
    const batch = this.#unsettled
    const consuming = this.#state === 'consuming'
    const max = consuming && (this.#look || batch.length > 0) ? slots.reserve() : 0
    // Woken without room: an empty claim passes the wake on to another worker.
    if (batch.length === 0 && max === 0 && !(consuming && this.#woken)) return
    if (max > 0) this.#look = false
    this.#woken = false
    this.#unsettled = []
    this.#calling = true
    const call: LaneCall = { queue: this.queue, worker: this.#worker, lane: 0, seq: ++this.#seq }
    try {
      const reply = await this.#settle(call, batch, max)
      this.#settled(call.worker, batch, reply, max)
    } catch (error) {
      slots.release(max)
      for (const { run } of batch) limits.settled(run, false)
      this.#refused(call.worker, error)
    }
    this.#calling = false
    // Also of those that it had reserved and did not need: another queue may have looked in vain meanwhile.
    this.parts.observer.released()
    this.#signalIdle()
  }

  /** Sends one call until it is answered, or until this worker is no more: the store acts once for it. */
  async #settle(call: LaneCall, batch: readonly Unsettled[], max: number): Promise<SettleReply> {
    const settlements = batch.map(settlementOf)
    for (;;) {
      try {
        return await this.parts.broker.settle(call, settlements, max)
      } catch (error) {
        if (!isPulsarError(error, 'PQ_BROKER_UNREACHABLE') || call.worker !== this.#worker) throw error
        this.parts.logger.warn(`queue ${this.queue}: ${error.message}; will try again`)
      }
    }
  }

  #settled(worker: string, batch: readonly Unsettled[], reply: SettleReply, max: number): void {
    const { slots, observer, limits } = this.parts
    observer.listeners(this.queue, reply.hasListeners)
    if (worker !== this.#worker) {
      slots.release(max)
      for (const { run } of batch) limits.settled(run, false)
      return
    }
    batch.forEach(({ run, ending }, i) => {
      limits.settled(run, reply.verdicts[i] === 'recorded')
      if (reply.verdicts[i] === 'recorded') observer.recorded(run, ending)
      else
        run.logger.warn(
          `what came of the run was refused as ${reply.verdicts[i] ?? 'unknown'}: the task is no longer this worker's`,
        )
    })
    slots.release(max - reply.tasks.length)
    if (reply.tasks.length > 0) observer.served(this.queue)
    for (const claimed of reply.tasks) this.#begin(claimed)
    if (this.#state !== 'consuming') return
    if (max > 0 && reply.tasks.length === max) this.#look = true
    this.#arm(reply.nextDue)
  }

  /** Looks again at the next due time, or after the longest idle wait. */
  #arm(nextDue: number | null): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#look = true
        this.pump()
      },
      Math.min(nextDue ?? Infinity, this.parts.poolTimeout),
    )
  }

  #refused(worker: string, error: unknown): void {
    if (worker !== this.#worker || this.#state === 'left' || isPulsarError(error, 'PQ_CLOSED')) return
    if (isPulsarError(error, 'PQ_LEASE_LOST')) {
      this.lost(worker)
      return
    }
    // What was sent may or may not have counted: the lease is given up, and the store hands everything out again. Not at
    // once, and not for ever: what cannot be settled counts as what takes its process down.
    this.parts.logger.error(`queue ${this.queue}: settling failed: ${String(error)}`)
    if (this.#state !== 'joining') this.#lose(null)
  }

  #begin(claimed: ClaimedTask): void {
    const decoded = this.parts.executor.decode(claimed)
    const call: TaskCall = 'call' in decoded ? decoded.call : { job: '?' }
    const worker = this.#worker
    const run = new Run(
      this.queue,
      claimed,
      call,
      this.#logger(claimed, call),
      (begun) => {
        this.parts.observer.begun(begun)
      },
      async (of, value) => {
        await this.parts.observer.progressed(of, worker, value)
      },
      this.parts.clock,
    )
    this.runs.set(claimed.id, run)
    if ('ending' in decoded) this.#ended(run, decoded.ending)
    else {
      void this.parts.limits.execute(this.parts.executor, run).then((ending) => {
        this.#ended(run, ending)
      })
    }
  }

  #logger(claimed: ClaimedTask, call: TaskCall): Logger {
    return new LazyLogger(() => this.parts.logger.child(call.job, { task: claimed.id, run: claimed.run }))
  }

  #ended(run: Run, ending: RunEnd): void {
    this.parts.slots.release(1)
    const isOurs = this.runs.get(run.claimed.id) === run
    if (isOurs) this.runs.delete(run.claimed.id)
    const isGone = run.abortReason?.why === 'revoked' || run.abortReason?.why === 'lease-lost'
    if (isOurs && !isGone) this.#unsettled.push({ run, ending })
    else {
      this.parts.limits.settled(run, false)
      this.#signalIdle()
    }
    this.#look ||= this.#state === 'consuming'
    this.parts.observer.released()
    // One that the worker no longer counts, or has not counted yet.
    this.pump()
  }

  /** The tasks are no longer this worker's. */
  #giveUp(why: 'lease-lost'): void {
    const worker = this.#worker
    this.#worker = ''
    clearTimeout(this.#timer)
    for (const run of this.runs.values()) run.abort(why)
    this.runs.clear()
    this.#dropUnsettled()
    this.parts.heartbeat.remove(this.queue, worker)
    if (this.#state !== 'stopping') this.#state = 'joining'
  }

  #dropUnsettled(): void {
    for (const { run } of this.#unsettled.splice(0)) this.parts.limits.settled(run, false)
  }

  #signalIdle(): void {
    const waiting = this.#idle
    this.#idle = []
    for (const resolve of waiting) resolve()
  }
}

function settlementOf({ run, ending }: Unsettled): Settlement {
  const { id, fence } = run.claimed
  return { ...ending, id, fence }
}
