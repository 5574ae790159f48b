import type { Broker } from '../stores/broker.js'
import { InvalidOptionError, NotStartedError, described } from '../errors.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { Lock } from '../locks/lock.js'
import type { LockOptions, Locks } from '../locks/locks.js'
import type { Manager } from '../manager/manager.js'
import type { Producer } from '../producer/producer.js'
import { checkName } from '../producer/check-options.js'
import type { Tasks } from '../producer/tasks.js'
import type { PubSub } from '../stores/pub-sub.js'
import type { Logger } from '../logging/logger.js'
import type { Subscription } from '../util/subscription.js'
import type { ConsumerList } from '../consumers/consumer-list.js'
import type { Consumers } from '../consumers/consumers.js'
import type { Message } from '../model/message.js'
import { Task } from '../model/task.js'
import type { QueuedTask, TaskFuture } from '../producer/task-future.js'
import type { Serializer } from '../serializers/serializer.js'
import type { EventCallbacks } from './event-callbacks.js'
import type { EventCallback, EventPattern } from './event-types.js'
import type { Info } from './info.js'
import type { MessageTypes } from './message-types.js'
import type { MessageOptions } from './queue-message.js'
import { consumerOf, queueMessage } from './queue-message.js'

/** What an {@link Api} is made of. */
export interface ApiParts {
  readonly broker: Broker
  readonly pubsub: PubSub
  readonly manager: Manager
  readonly producer: Producer
  readonly tasks: Tasks
  readonly events: TaskEvents
  readonly locks: Locks
  readonly serializer: Serializer
  readonly consumers: ConsumerList
  readonly callbacks: EventCallbacks
  readonly info: () => Info
  readonly nodeName: string
  readonly logger: Logger
}

/** What {@link PulsarQueue.api} needs of the app that it belongs to. */
export interface ApiHost {
  open(): Promise<ApiParts>
  close(): Promise<void>
}

/** The consumers of the application, by name. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unsafe-declaration-merging -- they are set when the api starts
export interface Api extends Consumers {}

/**
 * The producer's side of an application: queue tasks, look them up, listen to what happens. Made by `app.api()`;
 * usable after `start()`.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- as above
export class Api {
  #parts: ApiParts | null = null
  #starting: Promise<ApiParts> | null = null

  constructor(private readonly host: ApiHost) {}

  /**
   * Connects. Safe to call twice.
   *
   * @throws what loading the jobs or reaching the stores throws; nothing is left open then
   */
  async start(): Promise<this> {
    this.#starting ??= this.host.open()
    try {
      this.#parts = await this.#starting
    } catch (error) {
      this.#starting = null
      throw error
    }
    for (const consumer of this.#parts.consumers.all) {
      Object.defineProperty(this, consumer.name, { value: consumer, enumerable: true, configurable: true })
    }
    return this
  }

  /** Sends what is left, rejects the futures that are still pending, and disconnects. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#starting === null) return
    await this.#starting.catch(() => undefined)
    await this.host.close()
  }

  get tasks(): Tasks {
    return this.#use().tasks
  }

  get broker(): Broker {
    return this.#use().broker
  }

  get pubsub(): PubSub {
    return this.#use().pubsub
  }

  get manager(): Manager {
    return this.#use().manager
  }

  /** Name of this node, and of its own queue. */
  get nodeName(): string {
    return this.#use().nodeName
  }

  /**
   * Waits for a lock that all processes of the data store share. It is held until it is released or this process dies.
   *
   * @throws {@link LockTimeoutError} when it is not free in time
   */
  async lock(name: string, options?: LockOptions): Promise<Lock> {
    return await this.#use().locks.lock(checkName('lock', name), options)
  }

  /** The lock if it is free and nobody waits for it, else null. */
  async tryLock(name: string): Promise<Lock | null> {
    return await this.#use().locks.tryLock(checkName('lock', name))
  }

  /** What consumes messages here: tasks, and the consumers of the setting `consumers`, which are members of this api too. */
  get consumers(): readonly { readonly name: string }[] {
    const { tasks, consumers } = this.#use()
    return [tasks, ...consumers.all]
  }

  /** What this process says of itself. Without passwords. */
  info(): Info {
    return this.#use().info()
  }

  /**
   * Queues a message for the consumer of its type; a task, once more under an id of its own.
   *
   * @returns as `tasks.queue`: a promise of a task whose `result` is what the consumer returned
   */
  queue(message: Message, options?: MessageOptions & { readonly callback?: true | undefined }): TaskFuture
  queue(message: Message, options: MessageOptions & { readonly callback: false }): TaskFuture<unknown, QueuedTask>
  queue(message: Message, options?: MessageOptions): TaskFuture {
    return queueMessage(this.#use(), message, options)
  }

  /**
   * Has a message consumed now, in this process and without a queue.
   *
   * @returns what its consumer returns; of a task, the task as it ended
   * @throws {@link MessageTypeError} where no consumer takes it; what the consumer throws
   */
  async execute(message: Message): Promise<unknown> {
    const { tasks, consumers } = this.#use()
    if (message instanceof Task) return await tasks.execute(message.name, message.kwargs)
    return await consumerOf(consumers, message).execute(message)
  }

  /** Tells whoever listens to messages of its type, in all processes. Nothing is kept. */
  async publish(event: string, message: Message): Promise<void> {
    await this.#used().publish(checkName('messageType', message.type), checkName('event', event), message)
  }

  /** The producer itself, for generated clients. */
  get producer(): Producer {
    return this.#use().producer
  }

  /**
   * Calls back for the events of one type of message, from all processes.
   *
   * @param messageType - `'task'`, `'consumer'` (what each worker says of itself every two seconds), or a type of
   *   `@MessageType`
   * @param pattern - of tasks `'queued'`, `'started'`, `'progress'`, `'done'`, of consumers `'status'`; `'*'` for all, or a
   *   regular expression
   * @returns resolves when in force; closing it is the same as {@link Api.removeEventCallback}
   */
  async onEvents<K extends keyof MessageTypes>(
    messageType: K,
    pattern: EventPattern,
    callback: EventCallback<MessageTypes[K]>,
  ): Promise<Subscription> {
    if (typeof pattern !== 'string' && !((pattern as unknown) instanceof RegExp)) {
      throw new InvalidOptionError('pattern', 'a string or a regular expression', described(pattern))
    }
    return await this.#used().add(messageType, pattern, callback as EventCallback)
  }

  /** Calls back no more. Nothing happens when the callback was not there. */
  async removeEventCallback<K extends keyof MessageTypes>(
    messageType: K,
    pattern: EventPattern,
    callback: EventCallback<MessageTypes[K]>,
  ): Promise<void> {
    await this.#used().remove(messageType, pattern, callback as EventCallback)
  }

  #used(): EventCallbacks {
    if (!this.#parts) throw new NotStartedError('callbacks were asked for')
    return this.#parts.callbacks
  }

  #use(): ApiParts {
    if (!this.#parts) throw new NotStartedError('the api was used')
    return this.#parts
  }
}
