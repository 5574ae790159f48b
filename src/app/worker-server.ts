import type { Config } from '../model/config.js'
import { KILL_AFTER } from '../processes/supervisor.js'
import type { SupervisorLink } from '../processes/supervisor-link.js'
import type { Worker } from '../worker/worker.js'
import type { AppContext } from './app-context.js'
import { AppLifecycle } from './app-lifecycle.js'
import { exitProcess } from './exit-process.js'
import { openConsumer } from './open-consumer.js'
import { RELEASE_LIMIT, SIGNALS } from './server-limits.js'

/** Workers that started together must not all be replaced together: up to this part more than `maxRequests`. */
const SPREAD = 0.1

/** The serving side of an app in a worker process. Created by the {@link Server} there. It ends when its supervisor is gone. */
export class WorkerServer {
  /** Null until the settings, and with them the logger, are known. */
  #lifecycle: AppLifecycle | null = null
  #worker: Worker | null = null
  #opening: Promise<void> | null = null
  #gracePeriod = 0
  #isExiting = false

  /** @param closeApp - closes the whole app, this server included */
  constructor(
    private readonly context: AppContext,
    private readonly closeApp: () => Promise<void>,
  ) {}

  /** Never resolves, so that the program's own code runs once. */
  async serve(link: SupervisorLink): Promise<never> {
    // A terminal sends its signals to the whole group. While the supervisor lives, it alone decides.
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (!process.connected && signal !== 'SIGHUP') this.#stop()
      })
    }
    link.onOrder((order) => {
      if (order === 'stop-now') this.#worker?.stopNow()
      this.#stop()
    })
    try {
      const config = await this.context.configure(true)
      this.#gracePeriod = config.gracePeriod
      link.allow(config.gracePeriod, config.gracePeriod + KILL_AFTER)
      this.#opening = this.#open(link, config)
      await this.#opening
    } catch (error) {
      link.failed(error)
      process.exit(1)
    }
    link.ready(this.context.queueNames())
    return await new Promise<never>(() => undefined)
  }

  async close(): Promise<void> {
    // Waits for the opening: services that open during the close would stay open.
    await this.#opening?.catch(() => undefined)
    await this.#lifecycle?.close()
  }

  async #open(link: SupervisorLink, { maxRequests }: Config): Promise<void> {
    const lifecycle = (this.#lifecycle = new AppLifecycle(this.context.logger))
    await lifecycle.open(async () => {
      const worker = await openConsumer(this.context, lifecycle, {
        onOpen: (opened) => {
          this.#worker = opened
        },
        onStop: () => {
          link.retire()
        },
        onDeath: () => {
          this.#stop()
        },
        onStatus: (figures) => {
          link.tell(figures)
        },
      })
      if (maxRequests === 0) return
      worker.afterTasks(Math.ceil(maxRequests * (1 + Math.random() * SPREAD)), () => {
        link.recycle()
      })
    })
  }

  #stop(): void {
    // Nothing is claimed yet.
    if (this.#worker === null) process.exit()
    if (this.#isExiting) return
    this.#isExiting = true
    void exitProcess({
      logger: this.context.logger,
      limit: this.#gracePeriod + RELEASE_LIMIT,
      close: this.closeApp,
    })
  }
}
