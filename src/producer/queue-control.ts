import { newTaskId } from '../model/task-id.js'
import type { Broker } from '../stores/broker.js'
import { checkQueueName } from '../model/name.js'

/** Looks at queues, and controls them. Created by the producer. Without names, the calls concern the default queue. */
export class QueueControl {
  constructor(
    private readonly broker: Broker,
    private readonly defaultQueue: string,
  ) {}

  /** How many tasks wait in each queue, ready and delayed. */
  async size(queues: readonly string[]): Promise<number[]> {
    const sizes = await Promise.all(this.#named(queues).map((queue) => this.broker.size(queue)))
    return sizes.map(({ ready, delayed }) => ready + delayed)
  }

  /** Drops what waits in the queues. @returns how many tasks were dropped from each */
  async flush(queues: readonly string[]): Promise<number[]> {
    return await Promise.all(this.#named(queues).map((queue) => this.broker.flush(queue, newTaskId(''))))
  }

  async pause(queue: string): Promise<void> {
    await this.broker.pause(checkQueueName('queue', queue))
  }

  async resume(queue: string): Promise<void> {
    await this.broker.resume(checkQueueName('queue', queue))
  }

  #named(queues: readonly string[]): readonly string[] {
    if (queues.length === 0) return [this.defaultQueue]
    return queues.map((queue) => checkQueueName('queue', queue))
  }
}
