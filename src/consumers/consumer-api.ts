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
  /** The lock if it is free and nobody waits for it, else null. */
  tryLock(name: string): Promise<Lock | null>
}

/** What a consumer can reach of the process that it lives in. */
export interface ConsumerBackend {
  readonly nodeName: string
  readonly config: Config
  readonly logger: Logger
  readonly locks: ConsumerLocks
  /** Queues a message, as `api.queue` does. */
  queue(message: Message): PromiseLike<unknown>
  /** Tells whoever listens to messages of its type. */
  publish(event: string, message: Message): Promise<void>
}

/** The worker, as a consumer sees it. */
export interface ConsumerWorker {
  readonly name: string
  /** Tasks that run now. */
  readonly running: number
  /** Tasks that ended since its start. */
  readonly processed: number
}

/** One method of JSON-RPC that a consumer serves. What it throws is the caller's error. */
export type ConsumerMethod = (params: Readonly<Record<string, unknown>>) => unknown

/**
 * Consumes messages of its own beside tasks. Listed in the setting `consumers`, built by the container in every process
 * of the app, and reachable as `api.<name>`.
 *
 * A message that is queued for it is as safe as a task: leased, settled once, run again when its worker dies. Life: the
 * container builds it; `register()` when its process is connected; `start()` in worker processes; `execute()` for each
 * message, `tick()` at each heartbeat; `close()`.
 */
export abstract class ConsumerAPI {
  #backend: ConsumerBackend | null = null

  /** Unique among the members of an api: letters, digits and `_`. */
  abstract readonly name: string

  /** The classes of messages that it takes. Default: the one whose type is its name. */
  readonly messages: readonly MessageClass[] | null = null

  /** From `register()` on. */
  get backend(): ConsumerBackend {
    if (this.#backend === null) throw new NotStartedError(`consumer ${this.name} was used`)
    return this.#backend
  }

  get logger(): Logger {
    return this.backend.logger
  }

  /** Called once, when the process is connected. What it throws stops the start. */
  register(): void | Promise<void> {}

  /** Called once in a worker process, before it consumes. What it throws stops the start. */
  start(_worker: ConsumerWorker): void | Promise<void> {}

  /** Called at each heartbeat of a worker process. What it throws is logged. */
  tick(): void | Promise<void> {}

  /** What it says of itself, in `api.info()` and in the event `status`. */
  info(): Readonly<Record<string, unknown>> {
    return {}
  }

  /** Methods that JSON-RPC serves as `<name>.<method>`. */
  rpc(): Readonly<Record<string, ConsumerMethod>> {
    return {}
  }

  /** Consumes one message. What it returns is the result; what it throws fails the message. */
  abstract execute(message: Message): unknown

  /** Called once, when the process stops. What it throws is logged. */
  close(): void | Promise<void> {}

  /** Called by the wiring, once. */
  static attach(consumer: ConsumerAPI, backend: ConsumerBackend): void {
    consumer.#backend = backend
  }
}

/** A class of consumers, as the setting `consumers` lists it. */
export type ConsumerClass = new (...args: never[]) => ConsumerAPI
