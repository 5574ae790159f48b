import type { Message } from '../model/message.js'
import type { TaskFuture } from '../model/task-future.js'
import type { Broker } from '../stores/broker.js'
import type { MessageOptions } from './queue-message.js'

/** The broker as an api shows it. */
export type ApiBroker = Broker & {
  /** Queues a message for its consumer: the same as `api.queue(message)`. */
  queue(message: Message, options?: MessageOptions): TaskFuture
}

type QueueMessage = (message: Message, options: MessageOptions | undefined) => TaskFuture

/** Makes the face of a broker that queues messages, too. The broker itself stays as it is. */
export function messageBroker(broker: Broker, queueMessage: QueueMessage): ApiBroker {
  const queue = (first: Message & string, second: never): unknown =>
    typeof first === 'string' && Array.isArray(second) ? broker.queue(first, second) : queueMessage(first, second)
  return new Proxy(broker, {
    get(target, name) {
      if (name === 'queue') return queue
      const member: unknown = Reflect.get(target, name, target)
      // Its methods use private members, which a proxy does not have.
      return typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(target) : member
    },
  }) as ApiBroker
}
