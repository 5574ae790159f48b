import type { IntervalHistogram } from 'node:perf_hooks'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ConsumerStatus } from '../consumers/consumer-status.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { EventCallbacks } from './event-callbacks.js'
import type { Info } from '../model/info.js'
import { errorMessage } from '../util/thrown.js'
import { clearTimeout, setTimeout } from '../util/timers.js'

/** Time between two reports, ms. */
const INTERVAL = 2_000
/** The same while nobody listens, ms: so long may the first report take to reach a listener. */
const UNHEARD_INTERVAL = 10_000
/** Precision of the measured delay of the event loop, ms. */
const RESOLUTION = 20

/**
 * Publishes the status of this process's worker every two seconds: the event `status` of `consumer`. Where nobody is known to
 * listen, every ten seconds. Created by the server.
 */
export class StatusReporter {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  /** Tasks that had ended here at the last report. */
  #processed = 0
  readonly #outage: OutageLog
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(
    private readonly info: () => Info,
    private readonly callbacks: EventCallbacks,
    logger: Logger,
    /** Called with each report. */
    private readonly onStatus: (status: ConsumerStatus) => void,
  ) {
    this.#outage = new OutageLog(logger, 'the status of this worker is published again')
  }

  start(): void {
    void this.#publish()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#delay.disable()
  }

  async #publish(): Promise<void> {
    let heardBy: unknown
    try {
      const status = this.#status()
      this.onStatus(status)
      heardBy = await this.callbacks.publish('consumer', 'status', status)
      this.#outage.succeeded()
    } catch (error) {
      this.#outage.failed(`the status of this worker could not be published: ${errorMessage(error)}`)
    }
    if (this.#isClosed) return
    this.#timer = setTimeout(() => void this.#publish(), heardBy === 0 ? UNHEARD_INTERVAL : INTERVAL)
  }

  /** Measuring takes a timer that fires all the time: on an idle worker it would be most of what that does. */
  #measureWhileInUse({ running, processed }: Info['tasks']): void {
    if (running > 0 || processed > this.#processed) this.#delay.enable()
    else this.#delay.disable()
    this.#processed = processed
  }

  #status(): ConsumerStatus {
    const { node, worker, pid, version, uptime, memory, consumers, tasks } = this.info()
    const { mean, max } = this.#delay
    this.#delay.reset()
    this.#measureWhileInUse(tasks)
    // The histogram holds the time between two looks, in ns.
    const ms = (ns: number): number =>
      Number.isFinite(ns) ? Math.max(0, Math.round(ns / 10_000) / 100 - RESOLUTION) : 0
    const status = { node, worker, pid, version, uptime, memory, consumers, ...tasks }
    return Object.assign(new ConsumerStatus(), status, { eventLoopDelay: { mean: ms(mean), max: ms(max) } })
  }
}
