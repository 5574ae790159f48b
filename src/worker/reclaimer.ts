import type { Broker, ReclaimOptions } from '../stores/broker.js'
import type { Logger } from '../logging/logger.js'

const QUEUES_STAY_KNOWN = 10_000

/**
 * Looks for dead workers' tasks in all queues of the store, this worker's or not: a node that is gone for good is swept
 * by the others. Made by the {@link Worker}, run by its heartbeat; one pass at a time.
 */
export class Reclaimer {
  #running = false
  #queues: readonly string[] = []
  #askedAt = -Infinity

  constructor(
    private readonly broker: Broker,
    private readonly logger: Logger,
    private readonly own: readonly string[],
    private readonly options: ReclaimOptions,
  ) {}

  async pass(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      for (const queue of await this.#known()) await this.#sweep(queue)
    } catch (error) {
      this.logger.warn(`dead workers could not be looked for, will try again: ${String(error)}`)
    } finally {
      this.#running = false
    }
  }

  async #sweep(queue: string): Promise<void> {
    for (;;) {
      const reply = await this.broker.reclaim(queue, this.options)
      for (const worker of reply.condemned)
        this.logger.warn(`worker ${worker} is gone; its tasks go back to queue ${queue}`)
      for (const id of reply.failed) this.logger.error(`task ${id} took its process down too often and ends as FAILURE`)
      const progressed = reply.requeued > 0 || reply.failed.length > 0 || reply.condemned.length > 0
      if (!reply.more || !progressed) return
    }
  }

  async #known(): Promise<readonly string[]> {
    if (performance.now() - this.#askedAt > QUEUES_STAY_KNOWN) {
      this.#queues = await this.broker.queues()
      this.#askedAt = performance.now()
    }
    return [...new Set([...this.own, ...this.#queues])]
  }
}
