import type { Broker } from '../stores/broker.js'
import type { RunEnd } from '../execution/executor.js'
import { Executor } from '../execution/executor.js'
import type { JobSource, Runner } from '../execution/executor.js'
import type { Run } from '../execution/run.js'
import type { TaskEvents } from '../execution/task-events.js'
import { DEFAULT_FAILURE_TTL } from '../model/defaults.js'
import type { RunReport, TaskRecord } from '../model/task-record.js'
import { Task } from '../model/task.js'
import type { TaskState } from '../model/task-state.js'
import { RETRY, STARTED } from '../model/task-state.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeReport, encodeProgress, encodeReport, taskFields } from '../serializers/task-codec.js'
import type { Clock } from '../util/clock.js'
import { toBytes } from '../util/encoded.js'
import type { Logger } from '../logging/logger.js'
import { Slots } from './slots.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import type { PermitStore } from '../stores/permit-store.js'
import { Limits } from './concurrency-limiter.js'
import type { HeartbeatThread } from './heartbeat.js'
import { Heartbeat } from './heartbeat.js'
import type { ConsumerObserver, ConsumerParts } from './queue-consumer.js'
import { QueueConsumer } from './queue-consumer.js'
import { Reclaimer } from './reclaimer.js'
import { StallWatch } from './stall-watch.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'

/** What a worker is made of. Times in ms. */
export interface WorkerParts {
  readonly broker: Broker
  readonly permitStore: PermitStore
  readonly permitKeeper: PermitKeeper
  readonly serializer: Serializer
  readonly jobs: JobSource
  readonly runner: Runner
  readonly events: TaskEvents
  readonly logger: Logger
  /** Dates what tasks say of their runs. */
  readonly clock: Clock
  readonly name: string
  readonly nodeName: string
  readonly queues: readonly string[]
  readonly concurrentTasks: number
  readonly leaseTtl: number
  readonly gracePeriod: number
  readonly poolTimeout: number
  /** Null where the store lives in this process. */
  readonly heartbeatThread: HeartbeatThread | null
  /** Shared with that thread. */
  readonly stallMemory: SharedArrayBuffer
  /** Told of each task that started or is over; null: nobody is. */
  readonly onTask: ((task: Task) => void) | null
  /** Called at each heartbeat. */
  readonly onBeat: () => void
}

/** Processes that a task may take down alone before it ends as FAILURE. */
const CRASH_CAP = 3

/**
 * Consumes queues. Made by the wiring, once a process.
 *
 * 1. `start()` joins all its queues. 2. They share its places for running tasks. 3. The heartbeat keeps the leases, asks
 * after long runs and sweeps up after dead workers. 4. `stop()` claims no more, gives what runs the grace period, then
 * aborts it and hands it back.
 */
export class Worker implements ConsumerObserver {
  readonly #consumers: QueueConsumer[]
  readonly #shared: ConsumerParts
  readonly #slots: Slots
  readonly #heartbeat: Heartbeat
  readonly #reclaimer: Reclaimer
  readonly #limits: Limits
  readonly #stallWatch: StallWatch
  readonly #listened = new Set<string>()
  #started: Run[] = []
  #processed = 0
  #share: { readonly count: number; readonly callback: () => void } | null = null
  #recorded = 0
  #stopping: Promise<void> | null = null
  readonly #stopNow = new AbortController()

  constructor(private readonly parts: WorkerParts) {
    const { broker, logger, leaseTtl } = parts
    this.#slots = new Slots(parts.concurrentTasks)
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
    const executor = new Executor({ ...parts, workerName: parts.name })
    this.#limits = new Limits(parts)
    this.#shared = {
      ...parts,
      limits: this.#limits,
      executor,
      heartbeat: this.#heartbeat,
      slots: this.#slots,
      workerName: parts.name,
      observer: this,
    }
    this.#consumers = parts.queues.map((queue) => new QueueConsumer(this.#shared, queue))
    this.#stallWatch = new StallWatch(parts.stallMemory, () => this.#runs())
  }

  /** Tasks that ended here since the start. */
  get processed(): number {
    return this.#processed
  }

  /** Tasks that run here now. */
  get running(): number {
    // Not the places taken: a call to the broker reserves all that are free while it is under way.
    return this.#consumers.reduce((sum, { runs }) => sum + runs.size, 0)
  }

  /** @throws what the broker throws when it cannot be reached */
  async start(): Promise<void> {
    this.#stallWatch.start()
    this.#heartbeat.start()
    // A copy: queues change their places while they are served.
    for (const consumer of [...this.#consumers]) await consumer.start()
  }

  /**
   * Resolves when no queue has anything more to hand out and nothing runs: also what its tasks queue is over by then.
   * It goes on consuming. For whoever drains queues and stops.
   */
  async drained(): Promise<void> {
    let before: number
    let passedOn: boolean
    do {
      before = this.#recorded
      for (const consumer of [...this.#consumers]) await consumer.rest()
      passedOn = await this.#limits.quiet()
    } while (passedOn || this.#recorded !== before)
  }

  /** Takes one more queue in, unless it has it. @throws what the broker throws when it cannot be reached */
  async consume(queue: string): Promise<void> {
    if (this.#stopping || this.#consumers.some((consumer) => consumer.queue === queue)) return
    const consumer = new QueueConsumer(this.#shared, queue)
    this.#consumers.push(consumer)
    await consumer.start()
  }

  /** Has all its queues looked at now. */
  look(): void {
    for (const consumer of this.#consumers) consumer.look()
  }

  /** Stops in good order. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    await this.#stopping
  }

  /** Ends the grace period now: what runs is aborted and handed back. */
  stopNow(): void {
    this.#stopNow.abort()
  }

  async #stop(): Promise<void> {
    const { gracePeriod, logger } = this.parts
    let timer: LongTimeout | undefined
    const grace = new Promise<void>((resolve) => {
      timer = longTimeout(resolve, gracePeriod)
      this.#stopNow.signal.addEventListener('abort', () => {
        resolve()
      })
    })
    if (this.running > 0)
      logger.info(`waits up to ${String(gracePeriod / 1_000)} s for ${String(this.running)} running tasks`)
    await Promise.race([Promise.all(this.#consumers.map((consumer) => consumer.stop())), grace])
    timer?.clear()
    if (this.running > 0) logger.warn(`hands back ${String(this.running)} running tasks`)
    await Promise.all(this.#consumers.map((consumer) => consumer.leave()))
    await this.#limits.quiet()
    await this.#heartbeat.close()
    this.#stallWatch.close()
  }

  lost(queue: string, worker: string): void {
    this.#consumers.find((consumer) => consumer.queue === queue)?.lost(worker)
  }

  begun(run: Run): void {
    this.#stallWatch.begun(run)
    const { onTask, events } = this.parts
    onTask?.(this.#task(run, STARTED, {}))
    if (!events.publishes && !this.#listened.has(run.queue)) return
    if (this.#started.push(run) > 1) return
    // One announcement for all that start in this turn.
    setImmediate(() => {
      this.#announce()
    })
  }

  async progressed(run: Run, worker: string, value: unknown): Promise<void> {
    const { broker, serializer, events } = this.parts
    const progress = encodeProgress(serializer, value)
    const { id, fence } = run.claimed
    const [stored] = await broker.progress(run.queue, worker, [{ id, fence, progress }])
    if (stored !== true || (!events.publishes && !this.#listened.has(run.queue))) return
    events.announce(run.queue, 'progress', [{ ...this.#record(run), progress: toBytes(progress) }])
  }

  /** Calls back, once, when that many tasks have ended here. */
  afterTasks(count: number, callback: () => void): void {
    this.#share = { count, callback }
  }

  recorded(run: Run, ending: RunEnd): void {
    this.#recorded += 1
    if (ending.kind === 'release') return
    this.#processed += 1
    if (this.#processed === this.#share?.count) this.#share.callback()
    const { onTask, events, serializer } = this.parts
    if (onTask === null && !events.publishes) return
    const report = decodeReport(serializer, ending.outcome)
    const task = this.#task(run, ending.kind === 'retry' ? RETRY : ending.status, report)
    onTask?.(task)
    if (ending.kind === 'done') events.publish('done', [task])
  }

  listeners(queue: string, someone: boolean): void {
    if (someone) this.#listened.add(queue)
    else this.#listened.delete(queue)
  }

  released(): void {
    for (const consumer of this.#consumers) consumer.pump()
  }

  served(queue: string): void {
    // The queue that was served last is asked last: none starves, however many tasks another one has.
    const index = this.#consumers.findIndex((consumer) => consumer.queue === queue)
    if (index >= 0) this.#consumers.push(...this.#consumers.splice(index, 1))
  }

  *#runs(): Generator<Run> {
    for (const consumer of this.#consumers) yield* consumer.runs.values()
  }

  #beat(): void {
    void this.#reclaimer.pass()
    this.#limits.beat()
    this.parts.onBeat()
    const old = Date.now() - this.#heartbeat.interval
    for (const consumer of this.#consumers) {
      consumer.verify(old).catch((error: unknown) => {
        this.parts.logger.warn(`running tasks could not be verified: ${String(error)}`)
      })
    }
  }

  #announce(): void {
    const runs = this.#started
    this.#started = []
    for (const queue of new Set(runs.map((run) => run.queue))) {
      const records = runs.filter((run) => run.queue === queue).map((run) => this.#record(run))
      this.parts.events.announce(queue, 'started', records)
    }
  }

  #record(run: Run): TaskRecord {
    const { body } = run.claimed
    return { header: run.header({ worker: this.parts.name }), body, outcome: null, progress: null }
  }

  #task(run: Run, status: TaskState, report: RunReport): Task {
    const { name, clock } = this.parts
    const endedAt = status === STARTED || status === RETRY ? 0 : clock.now()
    return new Task(taskFields(run.header({ status, endedAt, worker: name }), run.call, report))
  }
}
