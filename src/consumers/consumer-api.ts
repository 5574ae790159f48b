import { NotStartedError } from '../errors.js'
import type { Lock } from '../locks/lock.js'
import type { LockOptions } from '../locks/locks.js'
import type { Config } from '../model/config.js'
import type { Message } from '../model/message.js'
import type { MessageClass } from '../model/message-registry.js'
import type { Logger } from '../logging/logger.js'

/** The locks that all processes of the data store share, as a consumer asks for them. */
export interface ConsumerLocks {
  /**
   * Waits for a lock.
   *
   * @throws {@link LockTimeoutError} when it is not free in time
   */
  lock(name: string, options?: LockOptions): Promise<Lock>
  /** Takes a lock if it is free and nobody waits for it. @returns null when it is not */
  tryLock(name: string): Promise<Lock | null>
}

/** The services that a consumer can use. */
export interface ConsumerBackend {
  readonly nodeName: string
  readonly config: Config
  readonly logger: Logger
  readonly locks: ConsumerLocks
  /** Queues a message, as `api.queue` does. */
  queue(message: Message): PromiseLike<unknown>
  /** Publishes an event of a message to the listeners of its type. */
  publish(event: string, message: Message): Promise<void>
}

/** The worker, as a consumer sees it. */
export interface ConsumerWorker {
  readonly name: string
  /** Number of tasks that run. */
  readonly running: number
  /** Number of tasks that ended since the start of the worker. */
  readonly processed: number
}

/** A method of JSON-RPC that a consumer serves. Its error is answered to the caller. */
export type ConsumerMethod = (params: Readonly<Record<string, unknown>>) => unknown

/**
 * A consumer of messages other than tasks. The setting `consumers` lists its class; the container builds it in every process
 * of the app; it is a member of the api, `api.<name>`.
 *
 * A queued message is as safe as a task: it is leased, settled once, and consumed again when its worker dies. The life of a
 * consumer: 1. The container builds it. 2. `register()` is called when the process is connected, 3. `start()` in worker
 * processes. 4. `execute()` is called for each message, `tick()` at each heartbeat. 5. `close()` ends it.
 */
export abstract class ConsumerAPI {
  #backend: ConsumerBackend | null = null

  /** Unique among the members of an api: letters, digits and `_`. */
  abstract readonly name: string

  /** The classes of messages that the consumer takes. Default: the class whose type is the consumer's name. */
  readonly messages: readonly MessageClass[] | null = null

  /** Available from `register()` on. */
  get backend(): ConsumerBackend {
    if (this.#backend === null) throw new NotStartedError(`consumer ${this.name} was used`)
    return this.#backend
  }

  get logger(): Logger {
    return this.backend.logger
  }

  /** Called once, when the process is connected. An error stops the start. */
  register(): void | Promise<void> {}

  /** Called once in a worker process, before it consumes. An error stops the start. */
  start(_worker: ConsumerWorker): void | Promise<void> {}

  /** Called at each heartbeat of a worker process. An error is logged. */
  tick(): void | Promise<void> {}

  /** The consumer's part of `api.info()` and of the event `status`. */
  info(): Readonly<Record<string, unknown>> {
    return {}
  }

  /** Methods that JSON-RPC serves as `<name>.<method>`. */
  rpc(): Readonly<Record<string, ConsumerMethod>> {
    return {}
  }

  /** Consumes one message. The returned value is its result; an error fails it. */
  abstract execute(message: Message): unknown

  /** Called once, when the process stops, if `register()` succeeded. An error is logged. */
  close(): void | Promise<void> {}

  /** Called by the app, before `register()`. */
  static attach(consumer: ConsumerAPI, backend: ConsumerBackend): void {
    consumer.#backend = backend
  }
}

/** A class of consumers, as the setting `consumers` lists it. */
export type ConsumerClass = new (...args: never[]) => ConsumerAPI
