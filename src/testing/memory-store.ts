import type { StoreFactory } from '../stores/register-broker.js'
import type { NewTask, QueueReply } from '../stores/broker.js'
import type { Clock } from '../util/clock.js'

/**
 * Loads a store in memory that goes by `clock`, whatever the URL says.
 *
 * @param onQueue - called after tasks were put into a queue, with its name
 */
export function memoryStore(clock: Clock, onQueue: (queue: string) => void): (url: string) => Promise<StoreFactory> {
  return async () => {
    // One after the other: before Node 24, Jest cannot link modules that two imports at once share.
    const { EmbeddedBroker } = await import('../stores/embedded/embedded-broker.js')
    const { EmbeddedPubSub } = await import('../stores/embedded/embedded-pub-sub.js')
    const { EmbeddedPermitStore } = await import('../stores/embedded/embedded-permit-store.js')
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
      locks: (url) => new EmbeddedPermitStore(url, clock),
    }
  }
}
