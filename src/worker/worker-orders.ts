import type { Logger } from '../logging/logger.js'
import { PinoLogger } from '../logging/pino-logger.js'
import type { FollowOrder, OrderAnswer, SentOrder, WorkerDescription, WorkerOrder } from '../model/worker-order.js'
import type { PubSub } from '../stores/pub-sub.js'
import { errorMessage } from '../util/thrown.js'
import { pause, performance, systemTime } from '../util/timers.js'

/** What orders act on. */
export interface OrderedWorker {
  readonly isQuiet: boolean
  readonly running: number
  readonly processed: number
  quiet(isQuiet: boolean): void
  resize(tasks: number): void
  /** Carries out an order to follow the log of a task. */
  follow(order: FollowOrder): OrderAnswer
}

/** The jobs that a worker knows. */
export interface OrderedJobs {
  find(name: string): unknown
  readonly names: readonly string[]
  /** Hash of the jobs with their arguments. */
  readonly manifest: string
  readonly version: string | null
}

/** Most names of jobs that a worker tells. */
const MOST_NAMES = 500

/** Carries out what operators tell this worker, and answers. Created with the worker. */
export class WorkerOrders {
  /** Stops the process of this worker in good order; null: nobody has said how. */
  onStop: (() => void) | null = null
  readonly #startedAt = Math.round(systemTime() - process.uptime() * 1_000)

  constructor(
    private readonly worker: () => OrderedWorker,
    private readonly jobs: OrderedJobs,
    private readonly pubsub: PubSub,
    private readonly logger: Logger,
  ) {}

  /** Never throws. What is no order is passed over: another version may have sent it. */
  readonly take = (text: string): void => {
    void this.#take(text).catch((error: unknown) => {
      this.logger.warn(`an order of an operator could not be answered: ${errorMessage(error)}`)
    })
  }

  async #take(text: string): Promise<void> {
    const { order, answer, by } = JSON.parse(text) as SentOrder
    if (order.act === 'describe') {
      const given: OrderAnswer = { refusal: null, description: await this.#describe(order.job) }
      await this.pubsub.publish(answer, 'answer', [JSON.stringify(given)])
      return
    }
    if (order.act === 'follow') {
      await this.pubsub.publish(answer, 'answer', [JSON.stringify(this.worker().follow(order))])
      return
    }
    const refusal = this.#refusalOf(order)
    this.logger.info(`${by} has ordered ${order.act}${refusal === null ? '' : `, which is refused: ${refusal}`}`)
    const given: OrderAnswer = { refusal }
    await this.pubsub.publish(answer, 'answer', [JSON.stringify(given)])
    // The answer first: what stops sends nothing any more.
    if (order.act === 'stop' && refusal === null) this.onStop?.()
  }

  async #describe(job: string): Promise<WorkerDescription> {
    const { names, version, manifest } = this.jobs
    const { isQuiet, running, processed } = this.worker()
    const since = performance.now()
    await pause(1)
    const eventLoopDelay = Math.max(0, Math.round(performance.now() - since - 1))
    return {
      knowsJob: this.jobs.find(job) !== undefined,
      jobs: names.length,
      version,
      isQuiet,
      process: {
        now: systemTime(),
        pid: process.pid,
        startedAt: this.#startedAt,
        running,
        processed,
        memory: process.memoryUsage.rss(),
        eventLoopDelay,
        jobs: names.slice(0, MOST_NAMES),
        manifest,
      },
    }
  }

  /** Carries an order out. @returns null, or why it is not carried out */
  #refusalOf(order: Exclude<WorkerOrder, { act: 'describe' | 'follow' }>): string | null {
    switch (order.act) {
      case 'quiet':
      case 'resume':
        this.worker().quiet(order.act === 'quiet')
        return null
      case 'concurrency':
        this.worker().resize(order.tasks)
        return null
      case 'log-level':
        if (!(this.logger instanceof PinoLogger)) return "the application's own logger decides what it logs"
        this.logger.setLevel(order.level)
        return null
      case 'stop':
        return this.onStop === null ? 'this worker is part of a program that decides itself when it stops' : null
      default:
        return `it does not know the order ${String((order as { readonly act?: unknown }).act)}`
    }
  }
}
