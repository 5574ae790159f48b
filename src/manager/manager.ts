import type { Config } from '../model/config.js'
import type { Message } from '../model/message.js'
import type { Http } from '../jobs/http.js'
import { http } from '../jobs/http.js'
import { NotStartedError } from '../errors.js'
import type { RpcRequest } from './rpc-request.js'

/** What a manager can reach of the process that it lives in. */
export interface ManagerBackend {
  /** Name of this node: the application's name and the host's. */
  readonly nodeName: string
}

interface Attached {
  readonly backend: ManagerBackend
  readonly config: Config
}

/**
 * Where an application hooks in. Extend it and rebind its token; every producer and worker process has one.
 *
 * It is built by the container, once, on first use. `backend` and `config` are there from then on, not in the
 * constructor: a subclass's constructor is free for what it wants injected.
 */
export class Manager {
  #attached: Attached | null = null

  get backend(): ManagerBackend {
    return this.#use().backend
  }

  /** The settings in force. */
  get config(): Config {
    return this.#use().config
  }

  /** `fetch` with kept-alive connections. */
  get http(): Http {
    return http
  }

  /** Called once, before anything is queued or consumed in this process. What it throws stops the start. */
  start(): void | Promise<void> {}

  /** Called once, when everything else in this process has stopped. */
  close(): void | Promise<void> {}

  /** The queues that a worker consumes. Default: this node's own and the setting `taskQueues`. */
  queues(): readonly string[] {
    return [...new Set([this.backend.nodeName, ...this.config.taskQueues])]
  }

  /**
   * Called with a task each time it is queued (in the producer's process), started and over (in the worker's). What
   * it throws is logged and harms no task; nothing waits for it.
   */
  storeMessage(_message: Message): void | Promise<void> {}

  /**
   * Called before a task is queued for a caller of `tasks.queue` over HTTP. What it returns is added to the task's
   * `metaParams`, over what the caller sent: who asked, from where. What it throws fails the call, and nothing is queued.
   *
   * @param request - what is asked for, and by whom
   */
  taskRequestParameters(
    _request: RpcRequest,
  ): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>> {
    return {}
  }

  #use(): Attached {
    if (this.#attached === null) throw new NotStartedError('the manager was used')
    return this.#attached
  }

  /** Called by the wiring, once. */
  static attach(manager: Manager, backend: ManagerBackend, config: Config): void {
    manager.#attached = { backend, config }
  }
}
