import { ClosedError, NotStartedError } from '../errors.js'
import type { Container } from '../container/container.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import type { Config } from '../model/config.js'
import type { Task } from '../model/task.js'
import { hidePassword } from '../util/hide-password.js'
import { Logger } from '../logging/logger.js'
import { packageVersion } from '../util/package-version.js'
import type { HeartbeatThread } from '../worker/heartbeat.js'
import { STALL_CELLS } from '../worker/stall-watch.js'
import { Worker } from '../worker/worker.js'
import type { ApiParts } from '../api/api.js'
import { AppBindings } from './app-bindings.js'
import { startHeartbeatThread } from '../worker/heartbeat-thread.js'
import type { Info } from '../api/info.js'
import { LoadedJobs } from '../jobs/loading/loaded-jobs.js'
import { loadConfig } from '../settings/load-config.js'
import type { ParentPort } from '../execution/pools/parent-port.js'
import { nodeNameOf, workerNameOf } from '../settings/node-name.js'
import { opensAnywhere } from '../stores/open-store.js'
import { openApp } from './open-app.js'
import type { OpenedApp } from './opened-app.js'
import type { PulsarQueueOptions } from '../settings/options.js'
import { usedModes } from '../execution/pools/pool-requirements.js'
import { serveMember } from '../execution/pools/serve-member.js'
import { StatusReporter } from '../api/status-reporter.js'
import { storeMessageHook } from '../manager/store-message-hook.js'
import type { AppEnvironment } from './app-environment.js'
import { PRODUCTION } from './app-environment.js'

/**
 * One app's settings, container and connections, shared by its api and its server. Made by {@link PulsarQueue}.
 *
 * `configure()` reads the settings; `open()` loads the jobs, seals the container, builds what is bound there and
 * connects; `close()` undoes that. Each happens once.
 */
export class AppContext {
  readonly bindings: AppBindings
  #config: Config | null = null
  #configuring: Promise<Config> | null = null
  #opening: Promise<OpenedApp> | null = null
  #opened: OpenedApp | null = null
  #worker: Worker | null = null
  #reporter: StatusReporter | null = null
  #closing: Promise<void> | null = null

  constructor(
    private readonly options: PulsarQueueOptions,
    private readonly environment: AppEnvironment = PRODUCTION,
  ) {
    this.bindings = new AppBindings(options.container, environment.loadStore)
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
    const { readsSettings } = this.environment
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
    const modes = this.environment.isInline ? [] : usedModes(jobs, this.bindings)
    await Promise.all([...modes].map((mode) => opened.pools.start(mode)))
    const stallMemory = new SharedArrayBuffer(Object.keys(STALL_CELLS).length * Float64Array.BYTES_PER_ELEMENT)
    const { leaseTtl, stallLimit, gracePeriod, concurrentTasks } = config
    const url = reachable(broker.heartbeatUrl)
    const lockUrl = reachable(opened.permitStore.heartbeatUrl)
    const heartbeatThread =
      url === null
        ? null
        : await startHeartbeatThread({ url, lockUrl, leaseTtl, stallLimit, memory: stallMemory }, onDeath)
    if (heartbeatThread && lockUrl !== null) renewFrom(heartbeatThread, opened.permitKeeper)
    this.#worker = new Worker({
      ...opened,
      name: workerNameOf(opened.nodeName),
      queues: queues ?? manager.queues(),
      clock: this.environment.clock,
      concurrentTasks,
      leaseTtl,
      gracePeriod,
      poolTimeout: config.taskPoolTimeout,
      heartbeatThread,
      stallMemory,
      onTask: both(storeMessageHook(manager, logger), onTask ?? null),
      onBeat: () => {
        opened.consumers.tick()
      },
    })
    const worker = this.#worker
    await opened.consumers.start({
      name: workerNameOf(opened.nodeName),
      get running() {
        return worker.running
      },
      get processed() {
        return worker.processed
      },
    })
    return this.#worker
  }

  /** Tells others every two seconds how this process's worker is. */
  startReporting(): void {
    const opened = this.#opened
    if (opened === null) throw new NotStartedError('a worker was reported')
    this.#reporter ??= new StatusReporter(
      () => this.info(),
      async (status) => {
        await opened.callbacks.publish('consumer', 'status', status).catch((error: unknown) => {
          opened.logger.warn(`the status of this worker could not be announced: ${String(error)}`)
        })
      },
    )
    this.#reporter.start()
  }

  /** What this process says of itself. Without passwords. */
  info(): Info {
    const config = this.#config
    if (config === null) throw new NotStartedError('info was asked for')
    const { rss, heapUsed } = process.memoryUsage()
    const node = nodeNameOf(config)
    const { running = 0, processed = 0 } = this.#worker ?? {}
    return {
      name: config.name,
      node,
      worker: this.#worker === null ? null : workerNameOf(node),
      pid: process.pid,
      version: packageVersion(),
      uptime: Math.round(performance.now() / 1_000),
      dataStore: hidePassword(config.dataStore),
      messageBroker: hidePassword(config.messageBroker),
      tasks: { queues: this.queueNames(), concurrentTasks: config.concurrentTasks, running, processed },
      memory: { rss, heapUsed },
      consumers: this.#opened?.consumers.info() ?? {},
    }
  }

  /** Serves as a member of another process's pool: runs jobs, connects to nothing. Never resolves. */
  async serveMember(home: ParentPort): Promise<never> {
    return await serveMember(home, async () => {
      const config = await this.configure(true)
      const jobs = await LoadedJobs.load(config, this.bindings.container)
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

  async #open(): Promise<OpenedApp> {
    if (this.#closing) throw new ClosedError('app')
    this.#opening ??= this.configure(false).then(
      async (config) => await openApp(config, this.bindings, this.environment, () => this.info()),
    )
    try {
      this.#opened = await this.#opening
    } catch (error) {
      this.#opening = null
      throw error
    }
    return this.#opened
  }

  async #close(): Promise<void> {
    const opened = await this.#opening?.catch(() => null)
    this.#reporter?.stop()
    await opened?.scheduler?.stop()
    await this.#worker?.stop()
    if (!opened) return
    const { producer, manager, pubsub, broker, logger, pools, locks, permitKeeper, permitStore, consumers, callbacks } =
      opened
    await consumers.close()
    await callbacks.close()
    await pools.close()
    await locks.close()
    permitKeeper.close()
    await producer.close()
    try {
      await manager.close()
    } catch (error) {
      logger.error(`the manager's close() failed: ${String(error)}`)
    }
    await pubsub.close()
    await permitStore.close()
    await broker.close()
  }
}

/** A store's URL where the heartbeat thread can open it, too. */
function reachable(url: string | null): string | null {
  return url !== null && opensAnywhere(url) ? url : null
}

/** Lets a heartbeat thread renew what is held. */
function renewFrom(thread: HeartbeatThread, permitKeeper: PermitKeeper): void {
  thread.onReport((report) => {
    if (report.kind === 'permit-lost') permitKeeper.lost(report.permit)
  })
  permitKeeper.use({
    keep(permit, since) {
      thread.send({ kind: 'keep', permit, since })
    },
    drop(permit) {
      thread.send({ kind: 'drop', permit })
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
