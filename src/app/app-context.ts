import { Broker } from '../brokers/broker.js'
import { ClosedError } from '../errors.js'
import type { Runner } from '../execution/executor.js'
import { Executor } from '../execution/executor.js'
import { inlineRunner } from '../execution/inline-runner.js'
import type { RunServices } from '../execution/run-context.js'
import { RunContext } from '../execution/run-context.js'
import { RunLocks } from '../execution/run-locks.js'
import { TaskAgent } from '../execution/task-agent.js'
import { TaskEvents } from '../execution/task-events.js'
import { HoldKeeper } from '../locks/hold-keeper.js'
import type { LockStore } from '../locks/lock-store.js'
import { Locks } from '../locks/locks.js'
import { Manager } from '../manager/manager.js'
import type { Config } from '../model/config.js'
import type { Task } from '../model/task.js'
import { Producer } from '../producer/producer.js'
import { Tasks } from '../producer/tasks.js'
import { PubSub } from '../pubsub/pub-sub.js'
import { Serializer } from '../serializers/serializer.js'
import { Logger } from '../util/logger.js'
import type { HeartbeatThread } from '../worker/heartbeat.js'
import { STALL_CELLS } from '../worker/stall-watch.js'
import { Worker } from '../worker/worker.js'
import type { Container } from '../container/container.js'
import type { CallArguments } from '../producer/producer.js'
import type { ApiParts } from './api.js'
import { AppContainer } from './app-container.js'
import { startHeartbeatThread } from './heartbeat-process.js'
import { JobBook } from './job-book.js'
import { JobPools } from './job-pools.js'
import type { MemberHome } from './member-home.js'
import { isPooled, requirePoolable, usedModes } from './pool-requirements.js'
import { Scheduler } from '../scheduler/scheduler.js'
import { Schedules } from '../scheduler/schedules.js'
import { periodicJobs } from '../scheduler/periodic-jobs.js'
import { callsOf } from './run-calls.js'
import { serveMember } from './serve-member.js'
import { loadConfig } from './load-config.js'
import { nodeNameOf, workerNameOf } from './node-name.js'
import type { PulsarQueueOptions } from './options.js'
import type { Surroundings } from './surroundings.js'
import { PRODUCTION } from './surroundings.js'
import { hidePassword } from '../util/hide-password.js'

/** Everything of one app that is connected. */
interface Opened {
  readonly config: Config
  readonly broker: Broker
  readonly pubsub: PubSub
  readonly serializer: Serializer
  readonly logger: Logger
  readonly manager: Manager
  readonly jobs: JobBook
  readonly events: TaskEvents
  readonly producer: Producer
  readonly runner: Runner
  readonly lockStore: LockStore
  readonly holds: HoldKeeper
  readonly locks: Locks
  readonly pools: JobPools
  /** Null: this app does not schedule. */
  readonly scheduler: Scheduler | null
  readonly nodeName: string
  readonly api: ApiParts
}

/** What a shell command of an aborted run gets before it is killed, ms. */
const SHELL_GRACE = 5_000

/**
 * One app's settings, container and connections, shared by its api and its server. Made by {@link PulsarQueue}.
 *
 * `configure()` reads the settings; `open()` loads the jobs, seals the container, builds what is bound there and
 * connects; `close()` undoes that. Each happens once.
 */
export class AppContext {
  readonly bindings: AppContainer
  #config: Config | null = null
  #configuring: Promise<Config> | null = null
  #opening: Promise<Opened> | null = null
  #opened: Opened | null = null
  #worker: Worker | null = null
  #closing: Promise<void> | null = null

  constructor(
    private readonly options: PulsarQueueOptions,
    private readonly surroundings: Surroundings = PRODUCTION,
  ) {
    this.bindings = new AppContainer(options.container, surroundings.loadStore)
  }

  get container(): Container {
    return this.bindings.container
  }

  get logger(): Logger {
    return this.bindings.container.resolve(Logger)
  }

  /** Where the queue is, without password. */
  get address(): string {
    return hidePassword(this.#config?.messageBroker ?? '')
  }

  /** The queues that a worker of this app consumes. */
  queueNames(): readonly string[] {
    return this.#opened?.manager.queues() ?? this.#config?.taskQueues ?? []
  }

  /**
   * Reads the settings, once.
   *
   * @param console - whether the command line may be read
   * @throws {@link InvalidSettingError}
   */
  async configure(console: boolean): Promise<Config> {
    const { readsSettings } = this.surroundings
    this.#configuring ??= loadConfig({
      options: this.options,
      argv: console ? process.argv.slice(2) : undefined,
      env: readsSettings ? undefined : {},
      findsFile: readsSettings,
    })
    this.#config = await this.#configuring
    await this.bindings.useSettings(this.#config)
    return this.#config
  }

  /** Connects, once. @returns what the api is made of */
  async openApi(): Promise<ApiParts> {
    return (await this.#open()).api
  }

  /**
   * Makes a worker of this process.
   *
   * @param onDeath - called when its heartbeat thread ends by itself
   * @param queues - to consume; default: what the manager says
   * @param onTask - told of each task that started or ended here
   */
  async openWorker(
    onDeath: (error: Error) => void,
    queues?: readonly string[],
    onTask?: (task: Task) => void,
  ): Promise<Worker> {
    const opened = await this.#open()
    const { config, broker, manager, jobs, logger } = opened
    const modes = this.surroundings.isInline ? [] : usedModes(jobs, this.bindings)
    for (const mode of modes) await opened.pools.start(mode)
    const stallMemory = new SharedArrayBuffer(Object.keys(STALL_CELLS).length * Float64Array.BYTES_PER_ELEMENT)
    const { leaseTtl, stallLimit, gracePeriod, concurrentTasks } = config
    const { heartbeatUrl: url } = broker
    const { heartbeatUrl: lockUrl } = opened.lockStore
    const heartbeatThread =
      url === null
        ? null
        : await startHeartbeatThread({ url, lockUrl, leaseTtl, stallLimit, memory: stallMemory }, onDeath)
    if (heartbeatThread && lockUrl !== null) renewFrom(heartbeatThread, opened.holds)
    this.#worker = new Worker({
      ...opened,
      name: workerNameOf(opened.nodeName),
      queues: queues ?? manager.queues(),
      clock: this.surroundings.clock,
      concurrentTasks,
      leaseTtl,
      gracePeriod,
      poolTimeout: config.taskPoolTimeout,
      heartbeatThread,
      stallMemory,
      onTask: both(storing(manager, logger), onTask ?? null),
    })
    return this.#worker
  }

  /** Serves as a member of another process's pool: runs jobs, connects to nothing. Never resolves. */
  async serveMember(home: MemberHome): Promise<never> {
    return await serveMember(home, async () => {
      const config = await this.configure(true)
      const jobs = await JobBook.load(config, this.bindings.container)
      this.bindings.seal()
      return { config, container: this.container, jobs }
    })
  }

  /** Queues periodic jobs from this process, where the settings say so. */
  async startScheduler(): Promise<void> {
    const { scheduler } = await this.#open()
    scheduler?.start()
  }

  /** Queues those that are due, once. @returns ms until more may be; Infinity where the settings say that none are */
  async tickScheduler(): Promise<number> {
    const { scheduler } = await this.#open()
    return scheduler === null ? Infinity : await scheduler.tick()
  }

  /** Queues no more of them. */
  async stopScheduler(): Promise<void> {
    await this.#opened?.scheduler?.stop()
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #open(): Promise<Opened> {
    if (this.#closing) throw new ClosedError('app')
    this.#opening ??= this.#connect()
    this.#opened = await this.#opening
    return this.#opened
  }

  async #connect(): Promise<Opened> {
    const config = await this.configure(false)
    const jobs = await JobBook.load(config, this.bindings.container, this.surroundings.jobs)
    this.bindings.seal()
    const { container } = this.bindings
    const [logger, serializer, broker] = [
      container.resolve(Logger),
      container.resolve(Serializer),
      container.resolve(Broker),
    ]
    const [pubsub, manager] = [container.resolve(PubSub), container.resolve(Manager)]
    const nodeName = nodeNameOf(config)
    Manager.attach(manager, { nodeName }, config)
    try {
      await broker.connect()
      const events = new TaskEvents(broker, serializer, logger, this.bindings.carriesTaskEvents ? pubsub : null)
      const producer = new Producer({
        broker,
        serializer,
        logger,
        events,
        nodeName,
        jobs: jobs.catalogue,
        defaultQueue: config.defaultTaskQueue,
        onQueued: storing(manager, logger),
      })
      await producer.start()
      await manager.start()
      const lockStore = this.bindings.openLocks()
      const holds = new HoldKeeper(lockStore, config.leaseTtl, logger)
      const locks = new Locks(lockStore, holds, config.leaseTtl, logger)
      const stores = { broker, pubsub, lockStore, holds, locks }
      return this.#assemble({ ...stores, config, serializer, logger, manager, jobs, events, producer, nodeName })
    } catch (error) {
      this.#opening = null
      await broker.close()
      await pubsub.close()
      throw error
    }
  }

  #assemble(parts: Omit<Opened, 'api' | 'runner' | 'pools' | 'scheduler'>): Opened {
    const { serializer, logger, jobs, nodeName, producer } = parts
    const workerName = workerNameOf(nodeName)
    const runLocks = new RunLocks(parts.locks, logger)
    const services: RunServices = {
      backend: { nodeName, config: parts.config },
      workerName,
      defaultQueue: parts.config.defaultTaskQueue,
      shellGrace: SHELL_GRACE,
      queue: async (job, args, options, fromTask) =>
        await producer.queue(job, args as CallArguments, options, fromTask),
      lock: async (run, name, options) => await runLocks.lock(run, name, options),
      tryLock: async (run, name) => await runLocks.tryLock(run, name),
      runInThread: async (run, source, args) => await pools.runInThread(run, source, args),
    }
    const { config } = parts
    const pools = new JobPools({
      config,
      serializer,
      logger,
      workerName,
      calls: (run) =>
        callsOf(run, services, (of, key) => {
          pools.notify(of, key)
        }),
    })
    const inline = inlineRunner((run) =>
      jobs.build(run.body.n, new RunContext(run, jobs.require(run.body.n), services)),
    )
    const runner: Runner = (run, positional, begin) => {
      const job = jobs.require(run.body.n)
      if (this.surroundings.isInline || !isPooled(job.concurrency)) return inline(run, positional, begin)
      requirePoolable(job, this.bindings)
      return pools.runner(job.concurrency)(run, positional, begin)
    }
    const executor = new Executor({ serializer, logger, jobs, runner, nodeName, workerName })
    const periodic = periodicJobs(jobs.catalogue.all())
    const build = (name: string): object => jobs.build(name, null)
    const schedules = new Schedules(producer, periodic, build, logger)
    const scheduler = parts.config.schedulePeriodic
      ? new Scheduler({ producer, logger, build, clock: this.surroundings.storeClock }, periodic)
      : null
    const tasks = new Tasks(producer, new TaskAgent(executor, serializer, logger, this.surroundings.clock), schedules)
    return { ...parts, runner, pools, scheduler, api: { ...parts, tasks } }
  }

  async #close(): Promise<void> {
    const opened = await this.#opening?.catch(() => null)
    await opened?.scheduler?.stop()
    await this.#worker?.stop()
    if (!opened) return
    const { producer, manager, pubsub, broker, logger, pools, locks, holds, lockStore } = opened
    await pools.close()
    await locks.close()
    holds.close()
    await producer.close()
    try {
      await manager.close()
    } catch (error) {
      logger.error(`the manager's close() failed: ${String(error)}`)
    }
    await pubsub.close()
    await lockStore.close()
    await broker.close()
  }
}

/** Lets a heartbeat thread renew what is held. */
function renewFrom(thread: HeartbeatThread, holds: HoldKeeper): void {
  thread.onReport((report) => {
    if (report.kind === 'hold-lost') holds.lost(report.hold)
  })
  holds.use({
    keep(hold, since) {
      thread.send({ kind: 'keep', hold, since })
    },
    drop(hold) {
      thread.send({ kind: 'drop', hold })
    },
  })
}

function both(
  first: ((task: Task) => void) | null,
  second: ((task: Task) => void) | null,
): ((task: Task) => void) | null {
  if (first === null || second === null) return first ?? second
  return (task) => {
    first(task)
    second(task)
  }
}

/** Hands tasks to the manager, where it overrides `storeMessage`. What it throws harms no task. */
function storing(manager: Manager, logger: Logger): ((task: Task) => void) | null {
  if (Object.getPrototypeOf(manager) === Manager.prototype) return null
  const failed = (error: unknown): void => {
    logger.error(`the manager's storeMessage failed: ${String(error)}`)
  }
  return (task) => {
    try {
      Promise.resolve(manager.storeMessage(task)).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
