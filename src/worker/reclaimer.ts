import type { Broker, ReclaimOptions } from '../stores/broker.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import { errorMessage } from '../util/thrown.js'
import { performance } from '../util/timers.js'

/** The list of the store's queues is read again after this, ms. */
const QUEUES_TTL = 10_000

/**
 * Reclaims the tasks of dead workers in all queues of the store, also in those that its own worker does not consume: a node
 * that is gone for good may have been the only one of its queues. Created by the `Worker`, whose heartbeat calls `pass()`.
 */
export class Reclaimer {
  #running = false
  #queues: readonly string[] = []
  #readAt = -Infinity
  readonly #outage: OutageLog

  constructor(
    private readonly broker: Broker,
    private readonly logger: Logger,
    /** Queues that this worker consumes. */
    private readonly own: readonly string[],
    private readonly options: ReclaimOptions,
  ) {
    this.#outage = new OutageLog(logger, 'the tasks of dead workers are reclaimed again')
  }

  /** Goes through all queues once, unless a pass is under way. Never rejects. */
  async pass(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      for (const queue of await this.#allQueues()) await this.#reclaim(queue)
      this.#outage.succeeded()
    } catch (error) {
      this.#outage.failed(`the tasks of dead workers could not be reclaimed, will try again: ${errorMessage(error)}`)
    } finally {
      this.#running = false
    }
  }

  async #reclaim(queue: string): Promise<void> {
    for (;;) {
      const reply = await this.broker.reclaim(queue, this.options)
      for (const worker of reply.condemned)
        this.logger.warn(`worker ${worker} is dead; its tasks go back to queue ${queue}`)
      for (const id of reply.failed)
        this.logger.error(`task ${id} has taken its process down too often and ends as FAILURE`)
      const progressed = reply.requeued > 0 || reply.failed.length > 0 || reply.condemned.length > 0
      if (!reply.more || !progressed) return
    }
  }

  async #allQueues(): Promise<readonly string[]> {
    if (performance.now() - this.#readAt > QUEUES_TTL) {
      this.#queues = await this.broker.queues()
      this.#readAt = performance.now()
    }
    return [...new Set([...this.own, ...this.#queues])]
  }
}
