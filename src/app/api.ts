import type { Broker } from '../brokers/broker.js'
import { InvalidOptionError, NotStartedError, described } from '../errors.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { Lock } from '../locks/lock.js'
import type { LockOptions, Locks } from '../locks/locks.js'
import type { Manager } from '../manager/manager.js'
import type { Producer } from '../producer/producer.js'
import { checkName } from '../producer/queue-options.js'
import type { Tasks } from '../producer/tasks.js'
import type { PubSub } from '../pubsub/pub-sub.js'
import type { Logger } from '../util/logger.js'
import type { Subscription } from '../util/subscription.js'
import { EventCallbacks } from './event-callbacks.js'
import type { EventCallback, EventPattern, MessageTypes } from './event-types.js'

/** What an {@link Api} is made of. */
export interface ApiParts {
  readonly broker: Broker
  readonly pubsub: PubSub
  readonly manager: Manager
  readonly producer: Producer
  readonly tasks: Tasks
  readonly events: TaskEvents
  readonly locks: Locks
  readonly nodeName: string
  readonly logger: Logger
}

/** What {@link PulsarQueue.api} needs of the app that it belongs to. */
export interface ApiHost {
  open(): Promise<ApiParts>
  close(): Promise<void>
}

/**
 * The producer's side of an application: queue tasks, look them up, listen to what happens. Made by `app.api()`;
 * usable after `start()`.
 */
export class Api {
  #parts: ApiParts | null = null
  #starting: Promise<ApiParts> | null = null
  #callbacks: EventCallbacks | null = null

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
    this.#callbacks ??= new EventCallbacks(this.#parts.events, this.#parts.logger)
    return this
  }

  /** Sends what is left, rejects the futures that are still pending, and disconnects. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#starting === null) return
    await this.#starting.catch(() => undefined)
    await this.#callbacks?.close()
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

  /** The producer itself, for generated clients. */
  get producer(): Producer {
    return this.#use().producer
  }

  /**
   * Calls back for the events of one type of message, from all processes.
   *
   * @param messageType - `'task'`
   * @param pattern - `'queued'`, `'started'`, `'progress'`, `'done'`, `'*'` for all, or a regular expression
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
    if (this.#callbacks === null) throw new NotStartedError('callbacks were asked for')
    return this.#callbacks
  }

  #use(): ApiParts {
    if (!this.#parts) throw new NotStartedError('the api was used')
    return this.#parts
  }
}
