import type { Container } from '../container/container.js'
import { Manager } from '../manager/manager.js'
import type { Api } from '../api/api.js'
import { createApi } from '../api/api.js'
import type { Dashboard } from '../dashboard/create-dashboard.js'
import { createDashboard } from '../dashboard/create-dashboard.js'
import type { DashboardOptions } from '../dashboard/options.js'
import { allSteps } from '../util/all-steps.js'
import { AppContext } from './app-context.js'
import type { PulsarQueueOptions } from '../settings/options.js'
import { Server } from './server.js'

/** A manager class, as the first argument of {@link PulsarQueue}. */
export type ManagerClass = new (...args: never[]) => Manager

/**
 * An application: its settings, its container and its jobs. Nothing is read, loaded or connected before `api().start()`
 * or `start()`.
 *
 * - `api()` gives the producer's side: queue tasks and wait for them.
 * - `start()` serves: worker processes consume the queues.
 */
export class PulsarQueue {
  readonly #context: AppContext
  #server: Server | null = null
  #api: Api | null = null
  readonly #dashboards = new Set<Dashboard>()

  /**
   * @param options - settings; the command line and the environment weigh more, the configuration file less
   * @throws {@link InvalidSettingError} for one that is unknown or malformed, when the app starts
   */
  constructor(options?: PulsarQueueOptions)
  /** @param manager - bound in place of {@link Manager} */
  constructor(manager: ManagerClass, options?: PulsarQueueOptions)
  constructor(first?: ManagerClass | PulsarQueueOptions, second?: PulsarQueueOptions) {
    const manager = typeof first === 'function' ? first : null
    const options = (typeof first === 'function' ? second : first) ?? {}
    this.#context = new AppContext(options)
    if (manager) this.container.register(Manager, { useClass: manager })
  }

  /** The container of the app. Bind `Manager`, `Broker`, `PubSub`, `Serializer`, `Logger` or `Config` here, before a start. */
  get container(): Container {
    return this.#context.container
  }

  /** The producer's side of the app, one for all callers. `await app.api().start()` connects it. */
  api(): Api {
    return (this.#api ??= createApi({
      open: async () => await this.#context.openApi(),
      close: async () => {
        await this.close()
      },
    }))
  }

  /**
   * Serves: resolves when the workers consume, and goes on until SIGTERM or SIGINT, which drain and end the process with
   * exit code 0, or until `close()`. A second signal releases at once the tasks that still run.
   *
   * @throws when the settings or the jobs are wrong, or a store cannot be reached; nothing is left open then, and it can be
   *   repeated
   */
  async start(): Promise<this> {
    this.#server ??= new Server(this.#context, async () => {
      await this.close()
    })
    await this.#server.start()
    return this
  }

  /** Where `start()` serves JSON-RPC: `http://127.0.0.1:8060`; null: nowhere, or not yet. */
  get rpcUrl(): string | null {
    return this.#server?.rpcUrl ?? null
  }

  /**
   * The dashboard, as a function that answers requests. It connects with the first one, and can be mounted at any path. Without the
   * option `auth` it serves this machine alone.
   *
   * @throws {@link DashboardAuthError} for a malformed `auth`
   */
  dashboard(options: DashboardOptions = {}): Dashboard {
    const dashboard = createDashboard(
      {
        api: async () => {
          const api = await this.api().start()
          await this.#context.startAlerts()
          return api
        },
        address: () => this.#context.address,
        logger: () => this.#context.logger.child('dashboard'),
      },
      options,
    )
    this.#dashboards.add(dashboard)
    return dashboard
  }

  /** Stops in good order: drains the workers, sends what is left, disconnects. Safe to call twice. */
  async close(): Promise<void> {
    await allSteps(
      ...[...this.#dashboards].map((dashboard) => () => {
        dashboard.close()
      }),
      () => this.#server?.close(),
      () => this.#context.close(),
    )
  }
}
