import type { Alert } from '../model/alert.js'
import type { Config } from '../model/config.js'
import type { Message } from '../model/message.js'
import type { AuditEntry } from '../stores/operations-store.js'
import type { Http } from '../jobs/http.js'
import { http } from '../jobs/http.js'
import { NotStartedError } from '../errors.js'
import { shareClass } from '../util/shared-class.js'

/** The process that a manager belongs to. */
export interface ManagerBackend {
  /** Name of this node: the application's name and the host's. */
  readonly nodeName: string
}

/** An HTTP request to queue a task, as {@link Manager.taskRequestParameters} gets it. */
export interface RpcRequest {
  /** Name of the job. */
  readonly jobname: string
  /** The headers. They include `authorization` where the caller has sent it: do not return it. */
  readonly headers: Headers
  /** IP address of the other end of the connection, which may be a proxy; null when the connection is closed. */
  readonly remoteAddress: string | null
}

interface Attached {
  readonly backend: ManagerBackend
  readonly config: Config
}

/**
 * The hooks of an application. Extend the class and bind it in place of `Manager`; every producer and worker process has one.
 *
 * The container builds it when the app is opened. `backend` and `config` are set after construction, so that the constructor
 * of a subclass is free for injected services. A start that is repeated after a failure builds a new one.
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

  /** `fetch` that keeps its connections open between requests. */
  get http(): Http {
    return http
  }

  /** Called once, before anything is queued or consumed in this process. An error stops the start. */
  start(): void | Promise<void> {}

  /** Called once, after everything else in this process has stopped. An error is logged. */
  close(): void | Promise<void> {}

  /** The queues that a worker consumes. Default: the node's own queue and those of the setting `taskQueues`. */
  queues(): readonly string[] {
    return [...new Set([this.backend.nodeName, ...this.config.taskQueues])]
  }

  /**
   * Called with a task when it is queued (in the producer's process), and when it starts and ends (in the worker's). An
   * error is logged and harms no task; nothing waits for it.
   */
  storeMessage(_message: Message): void | Promise<void> {}

  /**
   * Called before a task is queued for a caller of `tasks.queue` over HTTP. The returned members are added to the task's
   * `metaParams`, and replace members of the same name that the caller has sent. They may tell who the caller is. An error
   * fails the call, and nothing is queued.
   *
   * @param request - the job and the caller
   */
  taskRequestParameters(
    _request: RpcRequest,
  ): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>> {
    return {}
  }

  /**
   * Called with each act of an operator on queues or tasks that this process has carried out, when it is over. An error is logged and
   * does not undo the act.
   */
  operatorActed(_entry: AuditEntry): void | Promise<void> {}

  /**
   * Called with each alert of the setting `alerts`, in the process that has evaluated its rule. An error is logged, and the call is
   * repeated a few times.
   */
  alert(_alert: Alert): void | Promise<void> {}

  #use(): Attached {
    if (this.#attached === null) throw new NotStartedError('the manager was used')
    return this.#attached
  }

  /** Called by the app, before `start()`. */
  static attach(manager: Manager, backend: ManagerBackend, config: Config): void {
    manager.#attached = { backend, config }
  }
}
shareClass(Manager, 'Manager')
