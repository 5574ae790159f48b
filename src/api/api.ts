import { InvalidOptionError, NotStartedError, described } from '../errors.js'
import type { Lock } from '../locks/lock.js'
import type { LockOptions } from '../locks/locks.js'
import type { Manager } from '../manager/manager.js'
import { checkName } from '../model/name.js'
import type { Tasks } from '../producer/tasks.js'
import type { PubSub } from '../stores/pub-sub.js'
import type { Subscription } from '../util/subscription.js'
import type { Consumers } from '../consumers/consumers.js'
import type { Message } from '../model/message.js'
import { Task } from '../model/task.js'
import type { QueuedTask, TaskFuture } from '../model/task-future.js'
import type { ApiBroker } from './api-broker.js'
import { checkMessage } from './check-message.js'
import { messageBroker } from './api-broker.js'
import { behindQueued } from './behind-queued.js'
import type { ApiHost, ApiParts } from './api-parts.js'
import { exposeParts } from './api-parts.js'
import type { EventCallback, EventPattern } from './event-callbacks.js'
import type { Info } from '../model/info.js'
import type { Control, createControl } from '../operate/control.js'
import type { Producer } from '../producer/producer.js'
import { Redaction } from '../model/redaction.js'
import type { ControlParts } from '../operate/control-parts.js'
import type { MessageTypes } from './message-types.js'
import type { MessageOptions } from './queue-message.js'
import { consumerOf, queueMessage } from './queue-message.js'

/** Makes the api of an app. The constructor is private, so that no public type names the app's parts. */
export let createApi: (host: ApiHost) => Api

/** What a started api stands on. */
interface Opened {
  readonly parts: ApiParts
  readonly createControl: typeof createControl
}

/** The consumers of the application, by name. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unsafe-declaration-merging -- they are set when the api starts
export interface Api extends Consumers {}

/**
 * The producer's side of an application: queue tasks, look them up, listen to what happens. Created by `app.api()`;
 * usable after `start()`.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- as above
export class Api {
  readonly #host: ApiHost
  #opened: Opened | null = null
  #starting: Promise<Opened> | null = null
  #broker: { readonly of: Producer; readonly face: ApiBroker } | null = null
  #control: { readonly of: ApiParts; readonly control: Control } | null = null

  static {
    createApi = (host) => new Api(host)
  }

  private constructor(host: ApiHost) {
    this.#host = host
    exposeParts(this, () => this.#use())
  }

  /**
   * Connects. Safe to call twice.
   *
   * @throws when the jobs cannot be loaded or a store cannot be reached; nothing is left open then, and it can be repeated
   */
  async start(): Promise<this> {
    this.#starting ??= open(this.#host)
    try {
      this.#opened = await this.#starting
    } catch (error) {
      this.#starting = null
      throw error
    }
    for (const consumer of this.#use().consumers.all) {
      Object.defineProperty(this, consumer.name, { value: consumer, enumerable: true, configurable: true })
    }
    return this
  }

  /** Sends what is left, rejects the futures that are still pending, and disconnects. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#starting === null) return
    await this.#starting.catch(() => undefined)
    await this.#host.close()
  }

  get tasks(): Tasks {
    return this.#use().tasks
  }

  /** The broker, whose `queue` takes a message as {@link Api.queue} does, too. */
  get broker(): ApiBroker {
    const { broker, producer } = this.#use()
    if (this.#broker?.of !== producer) {
      const face = messageBroker(broker, producer, (message, options) => queueMessage(this.#use(), message, options))
      this.#broker = { of: producer, face }
    }
    return this.#broker.face
  }

  /** What those who operate the queues can see and do. */
  get control(): Control {
    const { parts, createControl } = this.#started()
    if (this.#control?.of !== parts) this.#control = { of: parts, control: createControl(controlParts(parts)) }
    return this.#control.control
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
    return await this.#use().locks.lock(name, options)
  }

  /** Takes a lock if it is free and nobody waits for it. @returns null when it is not */
  async tryLock(name: string): Promise<Lock | null> {
    return await this.#use().locks.tryLock(name)
  }

  /** The consumers of messages: `tasks`, and those of the setting `consumers`, which are members of this api, too. */
  get consumers(): readonly { readonly name: string }[] {
    const { tasks, consumers } = this.#use()
    return [tasks, ...consumers.all]
  }

  /** A description of this process. Without passwords. */
  info(): Info {
    return this.#use().info()
  }

  /**
   * Queues a message for the consumer of its type. A task is queued once more, under a new id.
   *
   * @returns as `tasks.queue`: a promise of a task whose `result` is what the consumer returned
   */
  queue(message: Message, options?: MessageOptions & { readonly callback?: true | undefined }): TaskFuture
  queue(message: Message, options: MessageOptions & { readonly callback: false }): TaskFuture<unknown, QueuedTask>
  queue(message: Message, options?: MessageOptions): TaskFuture {
    return queueMessage(this.#use(), message, options)
  }

  /**
   * Consumes a message now, in this process and without a queue.
   *
   * @returns the result of the consumer; for a task, the finished task
   * @throws {@link MessageTypeError} when no consumer takes the message; the error of the consumer
   */
  async execute(message: Message): Promise<unknown> {
    const { tasks, consumers } = this.#use()
    if (message instanceof Task) return await tasks.execute(message.name, message.kwargs)
    return await consumerOf(consumers, message).execute(message)
  }

  /** Publishes an event of a message to the listeners of its type, in all processes. It is not stored. */
  publish(event: string, message: Message): Promise<void> {
    const { callbacks, producer } = this.#use()
    return producer.droppable('publish', async () => {
      const { type } = checkMessage(message)
      await callbacks.publish(checkName('messageType', type), checkName('event', event), message)
    })
  }

  /**
   * Calls back for the events of one type of message, from all processes.
   *
   * @param messageType - `'task'`, `'consumer'` (the status of each worker, every two seconds), or a type of `@MessageType`
   * @param pattern - for tasks `'queued'`, `'started'`, `'progress'`, `'done'`, for consumers `'status'`; `'*'` for all. A
   *   string is a regular expression that the whole name matches, such as `'queued|done'`; a `RegExp` may match a part
   * @returns the subscription, as soon as it is in force; closing it is the same as {@link Api.removeEventCallback}
   */
  async onEvents<K extends keyof MessageTypes>(
    messageType: K,
    pattern: EventPattern,
    callback: EventCallback<MessageTypes[K]>,
  ): Promise<Subscription> {
    if (typeof pattern !== 'string' && !((pattern as unknown) instanceof RegExp)) {
      throw new InvalidOptionError('pattern', 'a string or a regular expression', described(pattern))
    }
    if (typeof (callback as unknown) !== 'function') {
      throw new InvalidOptionError('callback', 'a function', described(callback))
    }
    return await this.#use().callbacks.add(messageType, pattern, callback as EventCallback)
  }

  /** Removes a callback. A callback that is not there is no error. */
  async removeEventCallback<K extends keyof MessageTypes>(
    messageType: K,
    pattern: EventPattern,
    callback: EventCallback<MessageTypes[K]>,
  ): Promise<void> {
    await this.#use().callbacks.remove(messageType, pattern, callback as EventCallback)
  }

  #use(): ApiParts {
    return this.#started().parts
  }

  #started(): Opened {
    if (!this.#opened) throw new NotStartedError('the api was used', 'app.api().start()')
    return this.#opened
  }
}

/** Loads what operators use with the first api: a worker process has none, and need not keep it in memory. */
async function open(host: ApiHost): Promise<Opened> {
  const [parts, { createControl }] = await Promise.all([host.open(), import('../operate/control.js')])
  return { parts, createControl }
}

/** What a control of these parts, and what looks like one, needs. */
export function controlParts({ broker, pubsub, serializer, producer, manager, logger, tasks }: ApiParts): ControlParts {
  const redaction = new Redaction(manager.config.redact)
  const nextScheduled = async (): Promise<[name: string, seconds: number][]> => await tasks.schedules.next(undefined)
  const ownSchedules: ControlParts['ownSchedules'] = () => tasks.schedules.own()
  const overdue: ControlParts['overdue'] = (...of) => tasks.schedules.overdue(...of)
  const nextOf: ControlParts['nextOf'] = (...of) => tasks.schedules.nextOf(...of)
  const queueJob = async (job: string, queue: string): Promise<string> =>
    (await tasks.queue(job, {}, { callback: false, queue })).id
  return {
    broker: behindQueued(broker, producer),
    pubsub,
    serializer,
    jobs: producer.jobs,
    manager,
    logger,
    redaction,
    nextScheduled,
    ownSchedules,
    overdue,
    nextOf,
    queueJob,
  }
}

/** The members of an api, and what every object or promise has: no consumer may have one of these names. */
export const API_MEMBERS: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Api.prototype),
  ...Object.getOwnPropertyNames(Object.prototype),
  'then',
])
