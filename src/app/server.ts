import { InvalidSettingError } from '../errors.js'
import type { Config } from '../model/config.js'
import type { RpcServer } from '../rpc/rpc-server.js'
import type { Worker } from '../worker/worker.js'
import type { AppContext } from './app-context.js'
import { ParentPort } from '../execution/pools/parent-port.js'
import { openRpc } from '../rpc/open-rpc.js'
import { SupervisorLink } from '../processes/supervisor-link.js'
import { Supervisor } from '../processes/supervisor.js'
import { longTimeout } from '../util/long-timeout.js'

/** Past the grace period, a process gets this long to hand its tasks back, ms. */
const HAND_BACK = 8_000
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** Workers that started together must not all be replaced together: up to this part more than `maxRequests`. */
const SPREAD = 0.1

/** Either what runs the workers, or a worker itself. */
interface Part {
  stop(): Promise<void>
  stopNow(): void
}

/**
 * What `app.start()` starts. Depending on the settings and on where it runs it is the supervisor of worker processes,
 * one of those processes, or both in one (`workers: 0`).
 */
export class Server {
  #part: Part | null = null
  #rpc: RpcServer | null = null
  #starting: Promise<void> | null = null
  #closing: Promise<void> | null = null
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#signalled(signal)
  }

  constructor(private readonly context: AppContext) {}

  /** Where JSON-RPC is served: `http://127.0.0.1:8060`; null: nowhere. */
  get rpcUrl(): string | null {
    return this.#rpc?.url ?? null
  }

  async start(): Promise<void> {
    this.#starting ??= this.#start()
    await this.#starting
  }

  /** Stops consuming. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #start(): Promise<void> {
    const home = ParentPort.find()
    if (home) await this.context.serveMember(home)
    const link = SupervisorLink.adopt()
    const config = await this.context.configure(true)
    if (link) {
      await this.#serveUnder(link)
      return
    }
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
    try {
      this.#rpc = await this.#serveRpc(config)
      this.#part = config.workers === 0 ? await this.#consume() : await this.#supervise(config)
    } catch (error) {
      this.#unhook()
      await this.#rpc?.close()
      throw error
    }
    const queues = this.#part instanceof Supervisor ? this.#part.queues : this.context.queueNames()
    this.context.logger.info(`${config.name} consumes ${queues.join(', ')} from ${this.context.address}`)
  }

  /** A worker process: told by its parent when to stop. Never resolves, so that the program's own code runs once. */
  async #serveUnder(link: SupervisorLink): Promise<never> {
    // A terminal sends its signals to the whole group; the parent alone decides, as long as it lives.
    for (const signal of SIGNALS)
      process.on(signal, () => {
        if (!process.connected && signal !== 'SIGHUP') void this.#exit()
      })
    link.onOrder((order) => {
      if (this.#part === null) process.exit()
      if (order === 'stop-now') this.#part.stopNow()
      else void this.#exit()
    })
    try {
      const worker = await this.#consume()
      this.#part = worker
      const { maxRequests } = await this.context.configure(true)
      if (maxRequests > 0) {
        worker.afterTasks(Math.ceil(maxRequests * (1 + Math.random() * SPREAD)), () => {
          link.recycle()
        })
      }
    } catch (error) {
      link.failed(error)
      process.exit(1)
    }
    link.ready(this.context.queueNames())
    return await new Promise<never>(() => undefined)
  }

  async #consume(): Promise<Worker> {
    const worker = await this.context.openWorker((error) => {
      this.context.logger.error(`the heartbeat ended, so this worker stops: ${error.message}`)
      process.exitCode = 1
      void this.#exit()
    })
    await worker.start()
    // Each worker process may schedule: the store lets one of them take a tick, and none is missed while another starts.
    await this.context.startScheduler()
    this.context.startReporting()
    return worker
  }

  async #supervise(config: Config): Promise<Supervisor> {
    if (process.argv[1] === undefined) {
      throw new InvalidSettingError('workers', '0 where no script file runs', String(config.workers), 'start()')
    }
    const supervisor = new Supervisor(config.workers, this.context.logger, config.gracePeriod)
    await supervisor.start()
    return supervisor
  }

  /** One listener a node, in the process that was started; it has its address before any worker starts. */
  async #serveRpc(config: Config): Promise<RpcServer | null> {
    return await openRpc(
      config,
      async () => await this.context.openApi(),
      () => {
        if (this.#part === null) return 'no worker consumes yet'
        return this.#part instanceof Supervisor && !this.#part.consumes ? 'no worker process consumes' : null
      },
    )
  }

  #signalled(signal: NodeJS.Signals): void {
    if (signal === 'SIGHUP') {
      this.#roll()
      return
    }
    if (this.#closing) {
      this.context.logger.warn(`${signal} again: hands back at once what still runs`)
      this.#rpc?.stopNow()
      this.#part?.stopNow()
      return
    }
    this.context.logger.info(`${signal}: takes no new tasks`)
    void this.#exit()
  }

  #roll(): void {
    if (this.#closing || this.#part === null) return
    if (this.#part instanceof Supervisor) void this.#part.roll()
    else this.context.logger.warn('SIGHUP: with workers: 0 there is no worker process to replace; restart this one')
  }

  async #exit(): Promise<void> {
    // A store that is gone answers nothing any more: what cannot be handed back in time is left to its lease.
    longTimeout(() => process.exit(1), (await this.context.configure(true)).gracePeriod + HAND_BACK).unref()
    try {
      await this.close()
      await this.context.close()
    } catch (error) {
      this.context.logger.error(`stopping failed: ${String(error)}`)
      process.exitCode = 1
    }
    process.exit()
  }

  async #close(): Promise<void> {
    // In a worker process the start never resolves.
    if (this.#part === null) await this.#starting?.catch(() => undefined)
    // Calls wait for tasks that the workers still run: both get the grace period, at the same time.
    const answered = this.#rpc?.stop()
    try {
      // Where the store is away, a tick that is under way takes its time: the worker must not wait for it.
      await Promise.all([this.context.stopScheduler(), this.#part?.stop()])
      await answered
    } finally {
      await this.#rpc?.close()
      this.#unhook()
    }
  }

  #unhook(): void {
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal)
  }
}
