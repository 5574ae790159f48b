import type { ConsumerAPI } from '../consumers/consumer-api.js'
import type { ConsumerList } from '../consumers/consumer-list.js'
import { messageJobName } from '../consumers/message-job.js'
import { MessageTypeError } from '../errors.js'
import type { Message } from '../model/message.js'
import { typeOfClass } from '../model/message-registry.js'
import { dataOf } from '../model/message-type.js'
import { Task } from '../model/task.js'
import type { Producer } from '../producer/producer.js'
import type { QueueOptions } from '../model/queue-options.js'
import type { TaskFuture } from '../model/task-future.js'
import type { Logger } from '../logging/logger.js'
import { checkMessage } from './check-message.js'
import type { EventCallbacks } from './event-callbacks.js'
import { errorMessage } from '../util/thrown.js'

/** Options of `api.queue`: those of `tasks.queue`. */
export type MessageOptions = QueueOptions

/** The services that queue a message. */
export interface MessageQueue {
  readonly producer: Producer
  readonly consumers: ConsumerList
  readonly callbacks: EventCallbacks
  readonly logger: Logger
}

/** Queues a message for its consumer. Never throws: an error rejects the future. */
export function queueMessage(parts: MessageQueue, message: Message, options: MessageOptions | undefined): TaskFuture {
  const { producer, consumers, callbacks, logger } = parts
  if (message instanceof Task) return producer.queue(message.name, message.kwargs, options)
  try {
    checkMessage(message)
  } catch (error) {
    return producer.refuse(error)
  }
  const type = typeOf(message)
  if (!consumers.consumerOf(message)) return producer.refuse(notConsumed(type))
  const future = producer.queue(messageJobName(type), dataOf(message), options)
  if (runsHere(options)) return future
  producer
    .sent()
    .then(
      () => callbacks.publish(type, 'queued', message),
      () => undefined,
    )
    .catch((error: unknown) => {
      logger.warn(`the event queued of a ${type} could not be published: ${errorMessage(error)}`)
    })
  return future
}

/** Whether the message is not queued: it is consumed here, or its options cannot be read and are refused. */
function runsHere(options: MessageOptions | undefined): boolean {
  try {
    return options?.queue === false
  } catch {
    return true
  }
}

/** The consumer of a message. @throws {@link MessageTypeError} when no consumer takes it, `InvalidOptionError` */
export function consumerOf(consumers: ConsumerList, message: Message): ConsumerAPI {
  const consumer = consumers.consumerOf(checkMessage(message))
  if (consumer) return consumer
  throw notConsumed(typeOf(message))
}

function typeOf(message: Message): string {
  return typeOfClass(message.constructor) ?? message.constructor.name
}

function notConsumed(type: string): MessageTypeError {
  return new MessageTypeError(type, 'one that a consumer of this app takes; list its consumer in the setting consumers')
}
