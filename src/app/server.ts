import type { ApiParts } from '../api/api-parts.js'
import { BundledError, ClosedError, InvalidSettingError } from '../errors.js'
import { ParentPort } from '../execution/pools/parent-port.js'
import type { Config } from '../model/config.js'
import type { WorkerFigures } from '../model/worker-figures.js'
import { SupervisorLink } from '../processes/supervisor-link.js'
import { Supervisor } from '../processes/supervisor.js'
import { openRpc } from '../rpc/open-rpc.js'
import type { RpcServer } from '../rpc/rpc-server.js'
import { packageFile } from '../util/package-files.js'
import type { Worker } from '../worker/worker.js'
import type { AppContext } from './app-context.js'
import { AppLifecycle } from './app-lifecycle.js'
import { exitProcess } from './exit-process.js'
import { openConsumer } from './open-consumer.js'
import { RELEASE_LIMIT, SIGNALS, SUPERVISOR_LIMIT } from './server-limits.js'
import type { ServingApp } from './serving-apps.js'
import { claimServing, enterServing, leaveServing } from './serving-apps.js'
import { WorkerServer } from './worker-server.js'

/**
 * The serving side of an app. Created by `app.start()`. By its process and the settings it is a member of a pool, one worker
 * process, the supervisor of worker processes, or a worker without a supervisor (`workers: 0`).
 *
 * A start that fails closes what it has opened, and can be repeated.
 */
export class Server {
  #lifecycle: AppLifecycle | null = null
  #worker: Worker | null = null
  #supervisor: Supervisor | null = null
  #workerServer: WorkerServer | null = null
  #rpc: RpcServer | null = null
  /** What the worker of this process says of itself. */
  #figures: readonly WorkerFigures[] = []
  #starting: Promise<void> | null = null
  #isStarted = false
  #closing: Promise<void> | null = null
  #isExiting = false
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
    this.#starting ??= this.#start()
    try {
      await this.#starting
    } catch (error) {
      // The caller's own handling of errors might end the process before its worker processes have ended.
      if (this.#isExiting) await new Promise<never>(() => undefined)
      throw error
    }
  }

  /** Stops consuming. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #start(): Promise<void> {
    const port = ParentPort.adopt()
    if (port) await this.context.serveMember(port)
    const serving = enterServing()
    try {
      const link = SupervisorLink.adopt()
      if (link) {
        claimServing(serving, 'worker processes')
        this.#workerServer = new WorkerServer(this.context, this.closeApp)
        await this.#workerServer.serve(link)
      }
      await this.#serve(serving)
      this.#isStarted = true
    } catch (error) {
      leaveServing(serving)
      this.#starting = null
      throw this.#closing ? new ClosedError('app') : error
    }
  }

  async #serve(serving: ServingApp): Promise<void> {
    // Told here, and not by each of its worker processes.
    if (packageFile('worker/heartbeat-thread-entry.js') === null) throw new BundledError()
    const config = await this.context.configure(true)
    claimServing(serving, config.workers === 0 ? 'this process' : 'worker processes')
    await this.#open(async (lifecycle) => {
      if (config.handleSignals) this.#handleSignals(lifecycle)
      await this.#serveRpc(config, lifecycle)
      if (config.workers === 0) await this.#consume(config, lifecycle)
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

  #handleSignals(lifecycle: AppLifecycle): void {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
    lifecycle.add('signal handlers', {
      close: () => {
        for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal)
      },
    })
  }

  async #consume({ handleSignals }: Config, lifecycle: AppLifecycle): Promise<void> {
    await openConsumer(this.context, lifecycle, {
      onOpen: (worker) => {
        this.#worker = worker
      },
      onStop: () => {
        if (handleSignals) void this.#exit()
        else void this.closeApp().catch(() => undefined)
      },
      onDeath: () => {
        // The process of a host goes on: it may serve more than this app.
        if (handleSignals) void this.#exit()
        else void this.closeApp().catch(() => undefined)
      },
      onStatus: (figures) => {
        this.#figures = [figures]
      },
    })
  }

  async #supervise(config: Config, lifecycle: AppLifecycle): Promise<void> {
    if (process.argv[1] === undefined) {
      throw new InvalidSettingError('workers', '0 where no script file runs', String(config.workers), 'start()')
    }
    const supervisor = new Supervisor(config.workers, this.context.logger, config.gracePeriod)
    this.#supervisor = supervisor
    lifecycle.add('supervisor', { stop: async () => await supervisor.stop() })
    await supervisor.start()
  }

  /** One listener a node, in the process that was started. It has its address before any worker starts. */
  async #serveRpc(config: Config, lifecycle: AppLifecycle): Promise<void> {
    const open = async (): Promise<ApiParts> => await this.context.open()
    const rpc = await openRpc(config, open, {
      notConsuming: () => this.#notConsuming(),
      workers: () => this.#supervisor?.figures ?? this.#figures,
    })
    if (rpc === null) return
    lifecycle.add('JSON-RPC', rpc)
    await rpc.listen()
    this.#rpc = rpc
  }

  #notConsuming(): string | null {
    if (this.#supervisor !== null) return this.#supervisor.consumes ? null : 'no worker process consumes'
    return this.#isStarted ? null : 'no worker consumes yet'
  }

  #signalled(signal: NodeJS.Signals): void {
    if (signal === 'SIGHUP') {
      this.#roll()
      return
    }
    if (this.#closing) {
      this.context.logger.warn(`${signal} again: the tasks that still run are released at once`)
      this.#rpc?.stopNow()
      this.#worker?.stopNow()
      this.#supervisor?.stopNow()
      return
    }
    this.context.logger.info(`${signal}: the app takes no new tasks`)
    void this.#exit()
  }

  #roll(): void {
    if (this.#closing || !this.#isStarted) return
    if (this.#supervisor) void this.#supervisor.roll()
    else this.context.logger.warn('SIGHUP: with workers: 0 there is no worker process to replace; restart this one')
  }

  async #exit(): Promise<void> {
    if (this.#isExiting) return
    this.#isExiting = true
    const { gracePeriod } = await this.context.configure(true)
    const supervisor = this.#supervisor
    await exitProcess({
      logger: this.context.logger,
      limit: gracePeriod + (supervisor ? SUPERVISOR_LIMIT : RELEASE_LIMIT),
      close: async () => {
        await this.closeApp()
        if (supervisor?.hasKilled === true) process.exitCode = 1
      },
      onOverdue: () => supervisor?.kill(),
    })
  }

  async #close(): Promise<void> {
    if (this.#workerServer) {
      await this.#workerServer.close()
      return
    }
    // Worker processes that still start end at once, and so does the start. What it opens otherwise has to be closed.
    if (!this.#isStarted) {
      void this.#supervisor?.stop()
      await this.#starting?.catch(() => undefined)
    }
    await this.#lifecycle?.close()
  }
}
