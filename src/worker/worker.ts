import type { KeptLogs } from '../execution/executor.js'
import { Executor } from '../execution/executor.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Runner } from '../execution/runner.js'
import type { KnownJobs } from '../jobs/loading/loaded-jobs.js'
import type { Run } from '../execution/run.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import type { Logger } from '../logging/logger.js'
import { DEFAULT_FAILURE_TTL } from '../model/defaults.js'
import type { FollowOrder, OrderAnswer } from '../model/worker-order.js'
import type { Redaction } from '../model/redaction.js'
import type { RunReport } from '../model/task-record.js'
import type { Task } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { encodeReport } from '../serializers/task-codec.js'
import type { Broker } from '../stores/broker.js'
import type { PermitStore } from '../stores/permit-store.js'
import { allEnded } from '../util/all-ended.js'
import { allSteps } from '../util/all-steps.js'
import type { Clock } from '../util/clock.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'
import { ConcurrencyLimiter } from './concurrency-limiter.js'
import type { ConsumerObserver } from './consumer-observer.js'
import type { HeartbeatThread } from './heartbeat.js'
import { Heartbeat } from './heartbeat.js'
import type { Telemetry } from '../telemetry/telemetry.js'
import type { ConsumerParts } from './queue-consumer.js'
import type { LogFollowers } from './log-followers.js'
import { QueueConsumer } from './queue-consumer.js'
import { Reclaimer } from './reclaimer.js'
import { RunEvents } from './run-events.js'
import { SeriesReporter } from './series-reporter.js'
import { Slots } from './slots.js'
import { StallWatch } from './stall-watch.js'
import { nextTick, systemTime } from '../util/timers.js'

/** The parts of a {@link Worker}. Times in ms. */
export interface WorkerParts {
  readonly broker: Broker
  readonly permitStore: PermitStore
  readonly permitKeeper: PermitKeeper
  readonly serializer: Serializer
  readonly jobs: KnownJobs
  readonly runner: Runner
  readonly events: TaskEvents
  readonly logger: Logger
  /** The clock by which tasks record their start and end. */
  readonly clock: Clock
  /** Version of the application; null: the one in its package.json. */
  readonly appVersion: string | null
  /** Of which runs the last log lines are stored. */
  readonly keepLogs: KeptLogs
  /** What is hidden in the log, beside what each job hides. */
  readonly redaction: Redaction
  readonly telemetry?: Telemetry | null | undefined
  readonly name: string
  readonly nodeName: string
  readonly queues: readonly string[]
  readonly concurrentTasks: number
  readonly leaseTtl: number
  readonly gracePeriod: number
  readonly poolTimeout: number
  /** The thread that renews the leases; null where the store lives in this process. */
  readonly heartbeatThread: HeartbeatThread | null
  /** Memory that is shared with the heartbeat thread, laid out by `STALL_CELLS`. */
  readonly stallMemory: SharedArrayBuffer
  /** Called with each task that has started or ended here; null: nobody asks. Must not throw. */
  readonly onTask: ((task: Task) => void) | null
  /** Gets what operators tell this worker. Must not throw. */
  readonly onOrder: (order: string) => void
  /** Publishes what followed tasks log; absent: nobody can follow any. */
  readonly followers?: LogFollowers | undefined
  /** Called at each heartbeat. */
  readonly onBeat: () => void
}

/** Number of times that a task may crash its process while it runs alone. Then it ends as FAILURE. */
const CRASH_CAP = 3

/**
 * Consumes queues. Created by the wiring, once in a process.
 *
 * 1. `start()` joins all queues. 2. The queues share the worker's slots. 3. The heartbeat renews the leases, checks whether
 * long runs are still held, and reclaims the tasks of dead workers. 4. `stop()` claims no more, waits for running tasks for
 * the grace period, and then aborts and releases those that are left.
 */
export class Worker implements ConsumerObserver {
  /** In the order in which the queues are asked for tasks: the queue that got slots last is last. */
  readonly #consumers: QueueConsumer[]
  readonly #consumerParts: ConsumerParts
  readonly #heartbeat: Heartbeat
  readonly #reclaimer: Reclaimer
  readonly #limiter: ConcurrencyLimiter
  readonly #runEvents: RunEvents
  readonly #stallWatch: StallWatch
  /** Null: the store keeps no series. */
  readonly #series: SeriesReporter | null
  #areCallsScheduled = false
  /** Number of runs whose ends were recorded. */
  #settledRuns = 0
  #processed = 0
  #quota: { readonly count: number; readonly callback: () => void } | null = null
  #stopping: Promise<void> | null = null
  readonly #stopNow = new AbortController()

  constructor(private readonly parts: WorkerParts) {
    const { broker, logger, leaseTtl } = parts
    this.#heartbeat = new Heartbeat(broker, parts.heartbeatThread, leaseTtl, logger, this, () => {
      this.#beat()
    })
    const crashed: RunReport = { error: `its process died ${String(CRASH_CAP)} times while it ran` }
    this.#reclaimer = new Reclaimer(broker, logger, parts.queues, {
      crashCap: CRASH_CAP,
      outcome: encodeReport(parts.serializer, crashed),
      ttl: DEFAULT_FAILURE_TTL,
      grace: this.#heartbeat.interval,
    })
    this.#limiter = new ConcurrencyLimiter(parts)
    this.#runEvents = new RunEvents(parts)
    this.#consumerParts = {
      ...parts,
      limiter: this.#limiter,
      executor: new Executor({ ...parts, workerName: parts.name }),
      heartbeat: this.#heartbeat,
      slots: new Slots(parts.concurrentTasks),
      workerName: parts.name,
      observer: this,
    }
    this.#consumers = parts.queues.map((queue) => new QueueConsumer(this.#consumerParts, queue))
    const operations = broker.operations()
    this.#series = operations === null ? null : new SeriesReporter(operations, logger, this.#consumers)
    this.#stallWatch = new StallWatch(parts.stallMemory, () => this.#runs())
  }

  /** Number of tasks that have ended here since the start. */
  get processed(): number {
    return this.#processed
  }

  /** Number of tasks that run here now. */
  get running(): number {
    // The slots in use would be too many: a claim that is under way has reserved all free ones.
    return this.#consumers.reduce((sum, { runs }) => sum + runs.size, 0)
  }

  /** @throws what the broker throws when it cannot be reached */
  async start(): Promise<void> {
    this.#stallWatch.start()
    this.#heartbeat.start()
    this.#series?.start()
    // A copy: the order of the queues changes while they get slots.
    for (const consumer of [...this.#consumers]) await consumer.start()
  }

  /**
   * Resolves when no queue has a ready task and nothing runs, tasks that were queued by the drained ones included. The
   * worker goes on consuming.
   */
  async whenDrained(): Promise<void> {
    let before: number
    let hasReleased: boolean
    do {
      before = this.#settledRuns
      for (const consumer of [...this.#consumers]) await consumer.whenIdle()
      hasReleased = await this.#limiter.whenReleased()
    } while (hasReleased || this.#settledRuns !== before)
  }

  /** Consumes one more queue, unless it is consumed already. @throws what the broker throws when it cannot be reached */
  async consume(queue: string): Promise<void> {
    if (this.#stopping || this.#consumers.some((consumer) => consumer.queue === queue)) return
    const consumer = new QueueConsumer(this.#consumerParts, queue)
    this.#consumers.push(consumer)
    await consumer.start()
  }

  /** Claims in all queues as soon as there is a free slot. */
  look(): void {
    for (const consumer of this.#consumers) consumer.look()
  }

  /** Calls back once, when this number of tasks has ended here. */
  afterTasks(count: number, callback: () => void): void {
    this.#quota = { count, callback }
  }

  get isQuiet(): boolean {
    return this.#consumerParts.slots.isQuiet
  }

  /** Claims no more, while what runs goes on; or claims again. */
  quiet(isQuiet: boolean): void {
    this.#consumerParts.slots.isQuiet = isQuiet
    this.#limiter.quiet(isQuiet)
    for (const consumer of this.#consumers) consumer.quiet(isQuiet)
  }

  /** Runs another number of tasks at once. */
  resize(tasks: number): void {
    this.#consumerParts.slots.resize(tasks)
    for (const consumer of this.#consumers) consumer.resized()
  }

  /** Publishes the log of a task, for those who follow it. */
  follow(order: FollowOrder): OrderAnswer {
    const run = [...this.#runs()].find(({ claimed }) => claimed.id === order.task)
    return this.parts.followers?.follow(order, run ?? null) ?? { refusal: null, followed: null }
  }

  ordered(order: string): void {
    this.parts.onOrder(order)
  }

  /** Stops in good order. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    await this.#stopping
  }

  /** Ends the grace period now: running tasks are aborted and released. */
  stopNow(): void {
    this.#stopNow.abort()
  }

  async #stop(): Promise<void> {
    const { gracePeriod, logger } = this.parts
    if (this.running > 0)
      logger.info(`the worker waits up to ${String(gracePeriod / 1_000)} s for ${String(this.running)} running tasks`)
    const stopped = Promise.all(this.#consumers.map((consumer) => consumer.stop()))
    await this.#within(gracePeriod, stopped)
    if (this.running > 0) logger.warn(`the worker aborts and releases ${String(this.running)} running tasks`)
    await allSteps(
      () => allEnded(this.#consumers.map((consumer) => consumer.leave())),
      () => this.#limiter.whenReleased(),
      () => {
        this.#limiter.close()
      },
      () => this.#series?.close(),
      () => this.#heartbeat.close(),
      () => {
        this.#stallWatch.close()
      },
    )
  }

  /** Resolves when the promise does, when the time is over, or when the worker is told to stop now. */
  async #within(ms: number, promise: Promise<unknown>): Promise<void> {
    let timer: LongTimeout | undefined
    const over = new Promise<void>((resolve) => {
      timer = longTimeout(resolve, ms)
      if (this.#stopNow.signal.aborted) resolve()
      this.#stopNow.signal.addEventListener('abort', () => {
        resolve()
      })
    })
    await Promise.race([promise, over])
    timer?.clear()
  }

  lost(queue: string, worker: string): void {
    this.#consumers.find((consumer) => consumer.queue === queue)?.lost(worker)
  }

  overdue(queue: string): void {
    void this.#reclaimer.reclaim(queue)
  }

  started(run: Run): void {
    this.#stallWatch.begun(run)
    this.parts.followers?.started(run)
    this.#runEvents.started(run)
  }

  async progressed(run: Run, worker: string, value: unknown): Promise<void> {
    await this.#runEvents.progressed(run, worker, value)
  }

  sending(ends: readonly { readonly run: Run | null }[]): Promise<void> | null {
    return this.#runEvents.announceBefore(ends)
  }

  settled(run: Run, end: RunEnd): void {
    this.#settledRuns += 1
    this.parts.followers?.ended(run)
    if (end.kind === 'release') return
    this.#processed += 1
    this.#series?.ended(run, end)
    if (this.#processed === this.#quota?.count) this.#quota.callback()
    this.#runEvents.ended(run, end)
  }

  listened(queue: string, isListened: boolean): void {
    this.#runEvents.listened(queue, isListened)
  }

  slotsFreed(): void {
    for (const consumer of this.#consumers) consumer.pump()
  }

  scheduled(): void {
    if (this.#areCallsScheduled) return
    this.#areCallsScheduled = true
    // One callback for all: between two of them a run might end, and the queue that it was of would be served again.
    nextTick(() => {
      this.#areCallsScheduled = false
      for (const consumer of [...this.#consumers]) consumer.sendScheduled()
    })
  }

  served(queue: string): void {
    // The queue becomes the last, so that no queue starves, however many tasks another one has.
    const index = this.#consumers.findIndex((consumer) => consumer.queue === queue)
    if (index >= 0) this.#consumers.push(...this.#consumers.splice(index, 1))
  }

  *#runs(): Generator<Run> {
    for (const consumer of this.#consumers) yield* consumer.runs
  }

  #beat(): void {
    void this.#reclaimer.pass()
    this.#limiter.sweep()
    this.parts.onBeat()
    const longAgo = systemTime() - this.#heartbeat.interval
    for (const consumer of this.#consumers) void consumer.checkHeld(longAgo)
  }
}
