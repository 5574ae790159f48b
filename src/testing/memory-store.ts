import type { StoreFactory } from '../app/open-stores.js'
import type { NewTask, QueueReply } from '../brokers/broker.js'
import type { Clock } from '../util/clock.js'

/**
 * Loads what keeps queues in memory under a clock of its own, whatever the URL says.
 *
 * @param onQueue - told of each queue that tasks were put into, after they were
 */
export function memoryStore(clock: Clock, onQueue: (queue: string) => void): (url: string) => Promise<StoreFactory> {
  return async () => {
    const [{ EmbeddedBroker }, { EmbeddedPubSub }, { EmbeddedLockStore }] = await Promise.all([
      import('../brokers/embedded/embedded-broker.js'),
      import('../pubsub/embedded-pub-sub.js'),
      import('../locks/embedded-lock-store.js'),
    ])
    class Observed extends EmbeddedBroker {
      override async queue(queue: string, tasks: readonly NewTask[]): Promise<readonly QueueReply[]> {
        const replies = await super.queue(queue, tasks)
        onQueue(queue)
        return replies
      }
    }
    return {
      broker: (url) => new Observed(url, clock),
      pubsub: (url) => new EmbeddedPubSub(url, clock),
      locks: (url) => new EmbeddedLockStore(url, clock),
    }
  }
}
