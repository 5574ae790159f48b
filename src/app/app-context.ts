import { describeProcess } from '../api/describe-process.js'
import type { Info } from '../model/info.js'
import { ClosedError, NotStartedError } from '../errors.js'
import type { AlertLoop } from '../operate/alerts/alert-loop.js'
import type { Container } from '../container/container.js'
import type { ParentPort } from '../execution/pools/parent-port.js'
import { serveMember } from '../execution/pools/serve-member.js'
import { LoadedJobs } from '../jobs/loading/loaded-jobs.js'
import type { Logger } from '../logging/logger.js'
import type { Config } from '../model/config.js'
import type { Scheduler } from '../scheduler/scheduler.js'
import type { PulsarQueueOptions } from '../settings/options.js'
import { allSteps } from '../util/all-steps.js'
import { hidePassword } from '../util/hide-password.js'
import type { Worker } from '../worker/worker.js'
import { AppBindings } from './app-bindings.js'
import type { AppEnvironment } from './app-environment.js'
import { PRODUCTION } from './app-environment.js'
import type { AppLifecycle } from './app-lifecycle.js'
import { AppSettings } from './app-settings.js'
import type { WorkerOptions } from './open-worker.js'
import { createScheduler, openWorker } from './open-worker.js'
import type { AppServices } from './services.js'
import { openServices } from './services.js'

/**
 * One app's settings, bindings and services, shared by its api and its server. Created by {@link PulsarQueue}.
 *
 * `configure()` reads the settings; `open()` opens the services, once for all callers; `close()` closes them for good. An
 * `open()` that failed can be repeated.
 */
export class AppContext {
  readonly bindings: AppBindings
  readonly #settings: AppSettings
  #opening: Promise<AppServices> | null = null
  #services: AppServices | null = null
  #isApiOpen = false
  #serves = false
  #worker: Worker | null = null
  #closing: Promise<void> | null = null
  #alerts: AlertLoop | null = null

  constructor(
    options: PulsarQueueOptions,
    private readonly environment: AppEnvironment = PRODUCTION,
  ) {
    this.bindings = new AppBindings(options.container, environment.loadStore)
    this.#settings = new AppSettings(options, environment.readsSettings)
  }

  get container(): Container {
    return this.bindings.container
  }

  get logger(): Logger {
    return this.bindings.logger
  }

  /** Where the queue is, without password. */
  get address(): string {
    return hidePassword(this.#settings.config?.messageBroker ?? '')
  }

  /** The queues that this app consumes; none where it does not serve. */
  consumedQueues(): readonly string[] {
    return this.#serves ? this.queueNames() : []
  }

  /** The queues that a worker of this app consumes. */
  queueNames(): readonly string[] {
    return this.#services?.manager.queues() ?? this.#settings.config?.taskQueues ?? []
  }

  /**
   * Reads the settings, unless they are read.
   *
   * @param serves - whether `start()` asks, to which the command line belongs
   * @throws {@link InvalidSettingError}
   */
  async configure(serves: boolean): Promise<Config> {
    this.#serves ||= serves
    return await this.#settings.read(
      serves,
      () => this.#opening !== null,
      async (config) => {
        await this.bindings.useSettings(config)
      },
    )
  }

  /** Opens the services for the api. They stay open when a `start()` of the same app fails. */
  async openApi(): Promise<AppServices> {
    const services = await this.open()
    this.#isApiOpen = true
    return services
  }

  /** Opens the services, unless they are open. @throws the error of the step that failed; nothing is left open then */
  async open(): Promise<AppServices> {
    if (this.#closing) throw new ClosedError('app')
    this.#opening ??= this.#open()
    return await this.#opening
  }

  /** Makes a worker of this process; it does not consume yet. @param lifecycle - ends the worker */
  async openWorker(options: WorkerOptions, lifecycle: AppLifecycle): Promise<Worker> {
    const services = await this.open()
    const { environment } = this
    this.#serves = true
    const worker = await openWorker({ services, environment }, options, lifecycle)
    this.#worker = worker
    return worker
  }

  /** Makes the scheduler of this process. Null where the settings say that none runs here. */
  async createScheduler(): Promise<Scheduler | null> {
    const { environment } = this
    return createScheduler({ services: await this.open(), environment })
  }

  /**
   * Evaluates the alerts of the settings, from now until the app closes. Safe to call twice.
   *
   * @throws {@link NotKeptError} where the store cannot keep them
   */
  async startAlerts(): Promise<void> {
    const services = await this.open()
    if (services.config.alerts.length === 0) return
    // Loaded late: most workers have no alerts, and need nothing else of what operators use.
    const { createAlertLoop } = await import('./create-alert-loop.js')
    // The app may have closed meanwhile.
    if (this.#closing !== null || this.#services !== services) return
    this.#alerts ??= createAlertLoop(services)
    this.#alerts.start()
  }

  /** Describes this process. Without passwords. */
  info(): Info {
    const { config } = this.#settings
    if (config === null) throw new NotStartedError('info was asked for')
    return describeProcess(config, this.queueNames(), this.#worker, this.#services?.consumers.info() ?? {})
  }

  /** Serves as a member of another process's pool: runs jobs and connects to nothing. Never resolves. */
  async serveMember(port: ParentPort): Promise<never> {
    return await serveMember(port, async () => {
      const config = await this.configure(true)
      const jobs = await LoadedJobs.load(config, this.bindings.container)
      this.bindings.seal()
      return { config, container: this.container, jobs, telemetry: await this.bindings.telemetry() }
    })
  }

  /** Closes what a failed `start()` has opened, unless the api uses it. */
  async closeUnused(): Promise<void> {
    this.#worker = null
    if (this.#isApiOpen) return
    const services = this.#services
    this.#reset()
    await this.#stopAlerts()
    // Failures are logged; the caller needs to know why the start failed.
    await services?.close().catch(() => undefined)
  }

  /** Safe to call twice. @throws the first failure, after all services are closed */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #open(): Promise<AppServices> {
    try {
      const config = await this.configure(false)
      const { bindings, environment } = this
      this.#services = await openServices({
        config,
        bindings,
        environment,
        info: () => this.info(),
        consumedQueues: () => this.consumedQueues(),
      })
      return this.#services
    } catch (error) {
      this.#reset()
      throw error
    }
  }

  /** Lets the next `open()` start anew: services that were closed are of no use to it. */
  #reset(): void {
    this.#opening = null
    this.#services = null
    this.bindings.forget()
  }

  async #close(): Promise<void> {
    const services = await this.#opening?.catch(() => null)
    await allSteps(
      () => this.#stopAlerts(),
      () => services?.close(),
    )
  }

  async #stopAlerts(): Promise<void> {
    const alerts = this.#alerts
    this.#alerts = null
    await alerts?.stop()
  }
}
