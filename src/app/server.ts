import type { ApiParts } from '../api/api-parts.js'
import { StatusReporter } from '../api/status-reporter.js'
import { InvalidSettingError } from '../errors.js'
import { ParentPort } from '../execution/pools/parent-port.js'
import type { Config } from '../model/config.js'
import { SupervisorLink } from '../processes/supervisor-link.js'
import { KILL_AFTER, Supervisor } from '../processes/supervisor.js'
import { openRpc } from '../rpc/open-rpc.js'
import type { RpcServer } from '../rpc/rpc-server.js'
import { longTimeout } from '../util/long-timeout.js'
import type { Worker } from '../worker/worker.js'
import type { AppContext } from './app-context.js'
import { AppLifecycle } from './app-lifecycle.js'
import { errorMessage } from '../util/thrown.js'

/** After the grace period a worker has this long to release its tasks, ms. */
const RELEASE_LIMIT = 8_000
/** A supervisor has to outlive the kill of its worker processes, ms. */
const SUPERVISOR_LIMIT = KILL_AFTER + 2_000
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** Workers that started together must not all be replaced together: up to this part more than `maxRequests`. */
const SPREAD = 0.1

/**
 * The serving side of an app. Made by `app.start()`. By its process and the settings it is a member of a pool, one worker
 * process, the supervisor of worker processes, or a worker without a supervisor (`workers: 0`).
 *
 * A start that fails closes what it has opened, and can be repeated.
 */
export class Server {
  #lifecycle: AppLifecycle | null = null
  #worker: Worker | null = null
  #supervisor: Supervisor | null = null
  #rpc: RpcServer | null = null
  #starting: Promise<void> | null = null
  #closing: Promise<void> | null = null
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#signalled(signal)
  }

  /** @param closeApp - closes the whole app, this server included */
  constructor(
    private readonly context: AppContext,
    private readonly closeApp: () => Promise<void>,
  ) {}

  /** Where JSON-RPC is served: `http://127.0.0.1:8060`; null: nowhere. */
  get rpcUrl(): string | null {
    return this.#rpc?.url ?? null
  }

  /** @throws the error of the step that failed; nothing that this start has opened is left open then */
  async start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = null
      throw error
    })
    await this.#starting
  }

  /** Stops consuming. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #start(): Promise<void> {
    const port = ParentPort.adopt()
    if (port) await this.context.serveMember(port)
    const link = SupervisorLink.adopt()
    const config = await this.context.configure(true)
    if (link) {
      await this.#serveUnder(link, config)
      return
    }
    await this.#open(async (lifecycle) => {
      for (const signal of SIGNALS) process.on(signal, this.#onSignal)
      lifecycle.add('signal handlers', {
        close: () => {
          for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal)
        },
      })
      await this.#serveRpc(config, lifecycle)
      if (config.workers === 0) await this.#consume(lifecycle)
      else await this.#supervise(config, lifecycle)
    })
    const queues = this.#supervisor?.queues ?? this.context.queueNames()
    this.context.logger.info(`${config.name} consumes ${queues.join(', ')} from ${this.context.address}`)
  }

  /** Runs the steps of a start. When one fails, what was opened before is closed. */
  async #open(steps: (lifecycle: AppLifecycle) => Promise<void>): Promise<void> {
    const lifecycle = new AppLifecycle(this.context.logger)
    this.#lifecycle = lifecycle
    try {
      await lifecycle.open(async () => {
        await steps(lifecycle)
      })
    } catch (error) {
      this.#lifecycle = this.#worker = this.#supervisor = this.#rpc = null
      await this.context.closeUnused()
      throw error
    }
  }

  /** Serves as a worker process. Never resolves, so that the program's own code runs once. */
  async #serveUnder(link: SupervisorLink, config: Config): Promise<never> {
    // A terminal sends its signals to the whole group. While the supervisor lives, it alone decides.
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (!process.connected && signal !== 'SIGHUP') void this.#exit()
      })
    }
    link.onOrder((order) => {
      if (this.#worker === null) process.exit()
      if (order === 'stop-now') this.#worker.stopNow()
      else void this.#exit()
    })
    try {
      await this.#open(async (lifecycle) => {
        const worker = await this.#consume(lifecycle)
        if (config.maxRequests === 0) return
        worker.afterTasks(Math.ceil(config.maxRequests * (1 + Math.random() * SPREAD)), () => {
          link.recycle()
        })
      })
    } catch (error) {
      link.failed(error)
      process.exit(1)
    }
    link.ready(this.context.queueNames())
    return await new Promise<never>(() => undefined)
  }

  async #consume(lifecycle: AppLifecycle): Promise<Worker> {
    const { context } = this
    const onDeath = (error: Error): void => {
      context.logger.error(`the heartbeat ended, so this worker stops: ${error.message}`)
      process.exitCode = 1
      void this.#exit()
    }
    const worker = await context.openWorker({ onDeath }, lifecycle)
    await worker.start()
    // Each worker process may schedule: the store lets one of them take a tick, and none is missed while another starts.
    const scheduler = await context.createScheduler()
    if (scheduler !== null) lifecycle.add('scheduler', { stop: async () => await scheduler.stop() })
    scheduler?.start()
    const { callbacks, logger } = await context.open()
    const reporter = new StatusReporter(() => context.info(), callbacks, logger)
    lifecycle.add('status reporter', reporter)
    reporter.start()
    this.#worker = worker
    return worker
  }

  async #supervise(config: Config, lifecycle: AppLifecycle): Promise<void> {
    if (process.argv[1] === undefined) {
      throw new InvalidSettingError('workers', '0 where no script file runs', String(config.workers), 'start()')
    }
    const supervisor = new Supervisor(config.workers, this.context.logger, config.gracePeriod)
    lifecycle.add('supervisor', { stop: async () => await supervisor.stop() })
    await supervisor.start()
    this.#supervisor = supervisor
  }

  /** One listener a node, in the process that was started. It has its address before any worker starts. */
  async #serveRpc(config: Config, lifecycle: AppLifecycle): Promise<void> {
    const open = async (): Promise<ApiParts> => await this.context.open()
    const rpc = await openRpc(config, open, () => this.#notConsuming())
    if (rpc === null) return
    lifecycle.add('JSON-RPC', rpc)
    await rpc.listen()
    this.#rpc = rpc
  }

  #notConsuming(): string | null {
    if (this.#supervisor !== null) return this.#supervisor.consumes ? null : 'no worker process consumes'
    return this.#worker === null ? 'no worker consumes yet' : null
  }

  #signalled(signal: NodeJS.Signals): void {
    if (signal === 'SIGHUP') {
      this.#roll()
      return
    }
    if (this.#closing) {
      this.context.logger.warn(`${signal} again: releases at once what still runs`)
      this.#rpc?.stopNow()
      this.#worker?.stopNow()
      this.#supervisor?.stopNow()
      return
    }
    this.context.logger.info(`${signal}: takes no new tasks`)
    void this.#exit()
  }

  #roll(): void {
    if (this.#closing) return
    if (this.#supervisor) void this.#supervisor.roll()
    else if (this.#worker) {
      this.context.logger.warn('SIGHUP: with workers: 0 there is no worker process to replace; restart this one')
    }
  }

  async #exit(): Promise<void> {
    const { gracePeriod } = await this.context.configure(true)
    // A store that is gone answers nothing any more. The lease ends for the tasks that cannot be released in time.
    const limit = gracePeriod + (this.#supervisor ? SUPERVISOR_LIMIT : RELEASE_LIMIT)
    longTimeout(() => process.exit(1), limit).unref()
    try {
      await this.closeApp()
    } catch (error) {
      this.context.logger.error(`stopping failed: ${errorMessage(error)}`)
      process.exitCode = 1
    }
    process.exit()
  }

  async #close(): Promise<void> {
    // In a worker process the start never resolves.
    if (this.#worker === null) await this.#starting?.catch(() => undefined)
    await this.#lifecycle?.close()
  }
}
