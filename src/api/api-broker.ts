import type { Message } from '../model/message.js'
import type { TaskFuture } from '../model/task-future.js'
import type { Broker } from '../stores/broker.js'
import type { TaskFlusher } from './behind-queued.js'
import { behindQueued } from './behind-queued.js'
import type { MessageOptions } from './queue-message.js'

/** The broker as an api shows it. */
export type ApiBroker = Broker & {
  /** Queues a message for its consumer: the same as `api.queue(message)`. */
  queue(message: Message, options?: MessageOptions): TaskFuture
}

type QueueMessage = (message: Message, options: MessageOptions | undefined) => TaskFuture

/** Makes the face of a broker that queues messages, too. @param sender - as of {@link behindQueued} */
export function messageBroker(broker: Broker, sender: TaskFlusher, queueMessage: QueueMessage): ApiBroker {
  const face = behindQueued(broker, sender)
  const queue = (first: Message & string, second: never): unknown =>
    typeof first === 'string' && Array.isArray(second) ? face.queue(first, second) : queueMessage(first, second)
  return new Proxy(face, {
    get: (target, name): unknown => (name === 'queue' ? queue : Reflect.get(target, name, target)),
  }) as ApiBroker
}
