import type { IntervalHistogram } from 'node:perf_hooks'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ConsumerStatus } from '../consumers/consumer-status.js'
import type { Info } from './info.js'

const EVERY = 2_000
const RESOLUTION = 20

/** Announces what a worker has to say of itself, every two seconds. Made in a worker process. */
export class StatusReporter {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly info: () => Info,
    private readonly publish: (status: ConsumerStatus) => Promise<void>,
  ) {}

  start(): void {
    this.#delay.enable()
    this.#timer = setInterval(() => void this.publish(this.#status()), EVERY)
    void this.publish(this.#status())
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#delay.disable()
  }

  #status(): ConsumerStatus {
    const { node, worker, pid, version, uptime, memory, consumers, tasks } = this.info()
    const { mean, max } = this.#delay
    this.#delay.reset()
    // The histogram has what passed between two looks, in ns.
    const ms = (ns: number): number =>
      Number.isFinite(ns) ? Math.max(0, Math.round(ns / 10_000) / 100 - RESOLUTION) : 0
    const status = { node, worker, pid, version, uptime, memory, consumers, ...tasks }
    return Object.assign(new ConsumerStatus(), status, { eventLoopDelay: { mean: ms(mean), max: ms(max) } })
  }
}
