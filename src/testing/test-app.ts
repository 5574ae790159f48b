import type { Api } from '../api/api.js'
import { createApi } from '../api/api.js'
import type { ApiParts } from '../api/api-parts.js'
import { AppContext } from '../app/app-context.js'
import { AppLifecycle } from '../app/app-lifecycle.js'
import type { PulsarQueueSettings } from '../settings/options.js'
import type { ManagerClass } from '../app/pulsar-queue.js'
import type { Container } from '../container/container.js'
import type { Dashboard } from '../dashboard/create-dashboard.js'
import { createDashboard } from '../dashboard/create-dashboard.js'
import type { DashboardOptions } from '../dashboard/options.js'
import { ClosedError, DrainTimeoutError, InvalidSettingError } from '../errors.js'
import type { AnyJob } from '../jobs/define/job-types.js'
import { Manager } from '../manager/manager.js'
import type { Task } from '../model/task.js'
import type { Producer } from '../producer/producer.js'
import type { Scheduler } from '../scheduler/scheduler.js'
import type { Duration } from '../model/duration.js'
import { toMilliseconds } from '../model/duration.js'
import type { Worker } from '../worker/worker.js'
import { jobsIn } from './jobs-in.js'
import { memoryStore } from './memory-store.js'
import { TestClock } from './test-clock.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'
import { performance, setImmediate } from '../util/timers.js'

/** Options of {@link createTestApp}: settings of an app, and options that only a test has. */
export interface TestAppOptions extends Omit<
  PulsarQueueSettings,
  'dataStore' | 'messageBroker' | 'workers' | 'maxRequests' | 'parseConsole' | 'taskPoolTimeout'
> {
  /** Job classes and `defineJob` values. Those that `taskPaths` finds are there as well. Default: none. */
  readonly jobs?: readonly AnyJob[] | undefined
  /** Time at which the clock starts: a `Date`, or ms since the epoch. Default: the present. */
  readonly now?: Date | number | undefined
  /** The container that the application lives in, such as `fromTypedi(Container)`. Default: one of its own. */
  readonly container?: object | undefined
}

/** Options of {@link TestApp.drain}. */
export interface DrainOptions {
  /** Queues to drain. Default: those of the settings and of the manager, and all that tasks were put into. */
  readonly queues?: readonly string[] | undefined
  /** Longest real time that it may take. A duration. Default `'30s'`. */
  readonly timeout?: Duration | undefined
}

/** Orders of one worker of a drain. */
interface DrainOrders {
  readonly queues: readonly string[]
  /** Whether the worker also consumes queues that are added meanwhile. */
  readonly isAll: boolean
  readonly ended: Task[]
  /** ms */
  readonly timeout: number
  /** ms on the monotonic clock. */
  readonly began: number
}

/** Settings that a test cannot choose: the queue is in memory, and `drain()` is the worker. */
const FIXED = new Set<string>([
  'dataStore',
  'messageBroker',
  'workers',
  'maxRequests',
  'parseConsole',
  'taskPoolTimeout',
] satisfies Exclude<keyof PulsarQueueSettings, keyof TestAppOptions>[])
const DRAIN_TIMEOUT = '30s'

let made = 0

/**
 * An application in the test's own process: a queue in memory, a clock that the test moves, and no worker but
 * {@link TestApp.drain}. Everything else is what production runs. Created by {@link createTestApp}; nothing is read or
 * connected before `api().start()` or `drain()`.
 */
export class TestApp implements AsyncDisposable {
  /** Decides which tasks are due. It stands still until the test moves it. */
  readonly clock: TestClock
  readonly #context: AppContext
  readonly #dashboards = new Set<Dashboard>()
  #api: Api | null = null
  #producer: Producer | null = null
  /** Undefined: not made yet. Null: by the settings, none runs. */
  #scheduler: Scheduler | null | undefined
  #worker: Worker | null = null
  #onQueue: ((queue: string) => void) | null = null
  #draining: Promise<unknown> = Promise.resolve()
  #isClosed = false

  /** @internal */
  constructor(manager: ManagerClass | null, { jobs = [], now, ...settings }: TestAppOptions) {
    this.clock = new TestClock(now, {
      before: async () => {
        await this.#whenSent()
      },
      tick: async () => (this.#producer ? await this.#tick() : Infinity),
      after: () => this.#worker?.look(),
    })
    const given = Object.keys(settings).find((name) => FIXED.has(name))
    if (given !== undefined) {
      throw new InvalidSettingError(given, 'absent in a test', 'a value', 'createTestApp', 'drain() is the worker')
    }
    const dataStore = `embedded::memory:test-${String(++made)}`
    this.#context = new AppContext(
      { logLevel: 'silent', ...settings, dataStore, messageBroker: dataStore, workers: 0, parseConsole: false },
      {
        loadStore: memoryStore(this.clock, (queue) => this.#onQueue?.(queue)),
        clock: this.clock,
        storeClock: this.clock,
        jobs: jobsIn(jobs),
        readsSettings: false,
        isInline: true,
      },
    )
    if (manager) this.container.register(Manager, { useClass: manager })
  }

  /** Container of the app. Bind fakes here, or rebind `Manager` and the like, before the first `api().start()` or `drain()`. */
  get container(): Container {
    return this.#context.container
  }

  /** The producer's side, as in production: `await app.api().start()`, or `createClient(app.api())`. */
  api(): Api {
    return (this.#api ??= createApi({
      open: async () => await this.#open(),
      close: async () => {
        await this.close()
      },
    }))
  }

  /**
   * The dashboard of the app, as in production: a function that answers requests, for tests of where it is mounted and of who may see it.
   * `drain()` is no worker that it shows.
   *
   * @throws {@link DashboardAuthError} for a malformed `auth`
   */
  dashboard(options: DashboardOptions = {}): Dashboard {
    const parts = {
      api: async () => await this.api().start(),
      address: () => this.#context.address,
      logger: () => this.#context.logger.child('dashboard'),
    }
    const dashboard = createDashboard(parts, options)
    this.#dashboards.add(dashboard)
    return dashboard
  }

  /**
   * Runs the tasks that are ready, and those that they queue, until none is ready and none runs. Delayed tasks wait for
   * the clock. Two calls run one after the other.
   *
   * @returns the tasks that ended, however they did, in the order of their ends
   * @throws {@link DrainTimeoutError} when it takes too long: a job hangs, or waits for the clock
   */
  async drain(options: DrainOptions = {}): Promise<Task[]> {
    const timeout = toMilliseconds(options.timeout ?? DRAIN_TIMEOUT, 'option timeout')
    const drained = this.#draining.then(async () => await this.#drain(options.queues, timeout))
    this.#draining = drained.catch(() => undefined)
    return await drained
  }

  /** Disconnects, and forgets the tasks that are still queued. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const dashboard of this.#dashboards) dashboard.close()
    if (this.#worker) await stopNow(this.#worker)
    await this.#context.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #open(): Promise<ApiParts> {
    const parts = await this.#context.openApi()
    this.#producer = parts.producer
    return parts
  }

  async #drain(only: readonly string[] | undefined, timeout: number): Promise<Task[]> {
    const api = await this.api().start()
    const ended: Task[] = []
    const began = performance.now()
    await this.clock.settled()
    await this.#tick()
    let queues: readonly string[]
    do {
      if (this.#isClosed) throw new ClosedError('test app')
      await this.#whenSent()
      queues = only ?? (await this.#queues(api))
      await this.#work({ queues, isAll: only === undefined, ended, timeout, began })
    } while (only === undefined && (await this.#queues(api)).some((queue) => !queues.includes(queue)))
    return ended
  }

  /** Runs one worker until its queues are drained. */
  async #work({ queues, isAll, ended, timeout, began }: DrainOrders): Promise<void> {
    const running = new Map<string, Task>()
    const lifecycle = new AppLifecycle(this.#context.logger)
    const onDeath = (): void => undefined
    const onTask = (task: Task): void => {
      if (task.statusString === 'STARTED') running.set(task.id, task)
      else running.delete(task.id)
      if (task.done()) ended.push(task)
    }
    const worker = await lifecycle.open(
      async () => await this.#context.openWorker({ onDeath, queues, onTask }, lifecycle),
    )
    this.#worker = worker
    let timer: LongTimeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = longTimeout(
        () => {
          reject(new DrainTimeoutError(timeout, [...running.values()].map(String)))
        },
        timeout - (performance.now() - began),
      )
    })
    try {
      await worker.start()
      if (isAll) this.#onQueue = (queue) => void worker.consume(queue)
      await Promise.race([worker.whenDrained(), late])
    } finally {
      timer?.clear()
      this.#worker = null
      this.#onQueue = null
      await stopNow(worker)
      await lifecycle.close()
    }
  }

  /** Takes all ticks that are due. @returns ms until the next look; Infinity: no scheduler runs */
  async #tick(): Promise<number> {
    if (this.#scheduler === undefined) this.#scheduler = await this.#context.createScheduler()
    return (await this.#scheduler?.tick()) ?? Infinity
  }

  /** Resolves when the store has all tasks that were queued so far, those of generated clients included. */
  async #whenSent(): Promise<void> {
    // Tasks that leave at the end of this turn are in the store, which is in memory, before the next turn.
    await new Promise<void>((resolve) => setImmediate(resolve))
    await this.#producer?.sent()
  }

  async #queues(api: Api): Promise<string[]> {
    return [...new Set([...this.#context.queueNames(), api.nodeName, ...(await api.broker.queues())])]
  }
}

/** Leaves nothing running: tasks that still run when a drain is over are released at once. */
async function stopNow(worker: Worker): Promise<void> {
  const stopped = worker.stop()
  worker.stopNow()
  await stopped
}

/**
 * Makes an application for a test. Its queue is in memory and its own; settings come from `options` alone, not from the
 * environment, and from a configuration file only when `config` names one.
 *
 * @param options - settings as of `PulsarQueue`, `jobs`, and where the clock stands. `logLevel` is `silent` by default
 * @throws {@link InvalidSettingError} for one that a test cannot choose; others are refused at the start
 */
export function createTestApp(options?: TestAppOptions): TestApp
/** @param manager - bound in place of `Manager` */
export function createTestApp(manager: ManagerClass, options?: TestAppOptions): TestApp
export function createTestApp(first?: ManagerClass | TestAppOptions, second?: TestAppOptions): TestApp {
  const manager = typeof first === 'function' ? first : null
  return new TestApp(manager, (typeof first === 'function' ? second : first) ?? {})
}
