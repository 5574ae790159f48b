import type { Lock } from '../../locks/lock.js'
import type { LockOptions } from '../../locks/locks.js'
import type { Config } from '../../model/config.js'
import type { QueueOptions } from '../../model/queue-options.js'
import type { Task } from '../../model/task.js'
import type { Http } from '../http.js'
import type { Logger } from '../../logging/logger.js'
import type { ShellOptions } from '../shell.js'
import { shareClass } from '../../util/shared-class.js'

/** The process that a job runs in. */
export interface JobBackend {
  /** Name of this node, and of its own queue. */
  readonly nodeName: string
  readonly config: Config
}

/** Options of a task that a job queues: those of `tasks.queue`. */
export type JobQueueOptions = QueueOptions

/**
 * The tools of a job while it runs. `BaseJob` has the same members; a job that extends nothing has this injected.
 * Made anew for each run.
 */
export abstract class JobContext {
  abstract readonly backend: JobBackend
  /** The task that runs, as it stood at its start. */
  abstract readonly task: Task
  /** Job name. */
  abstract readonly name: string
  /** Named `<app>.<job name>`; every line has the task's id. */
  abstract readonly logger: Logger
  /** `fetch` with kept-alive connections. */
  abstract readonly http: Http
  /** Queue of this job's tasks where the caller names none. */
  abstract readonly defaultQueue: string
  abstract readonly maxRetries: number
  /** ms */
  abstract readonly retryDelay: number
  /** Aborted when the run must stop: timeout, revoke, lost lease, shutdown. */
  abstract readonly signal: AbortSignal
  /** Grows with every start in one queue: for fencing the job's own writes. */
  abstract readonly fence: number

  /** Queues another task, whose `fromTask` is this task's id. */
  abstract queue(job: string | object, args?: object, options?: JobQueueOptions): Promise<Task>
  /** Queues another task in this node's own queue. */
  abstract queueLocal(job: string | object, args?: object, options?: JobQueueOptions): Promise<Task>
  /**
   * Runs a command in the system's shell. It is stopped when `signal` is aborted, with all that it has started: SIGTERM,
   * then SIGKILL.
   *
   * @returns what it wrote on stdout, as UTF-8, 64 MiB at most; `''` where it is interactive
   * @throws {@link ShellError} with `exitCode`, `stdout` and `stderr`, when it does not end with exit code 0
   */
  abstract shell(command: string, options?: ShellOptions): Promise<string>
  /** Stores how far the run is: readable as `task.progress`, announced as the event `progress`. */
  abstract progress(value: unknown): Promise<void>
  /**
   * Waits for a lock that all processes of the data store share. It is held until it is released, the run is over, or
   * this process dies.
   *
   * @param name - default: the job's name
   * @throws {@link LockTimeoutError} when it is not free in time; the signal's reason when the run must stop
   */
  abstract lock(name?: string, options?: LockOptions): Promise<Lock>
  /** The lock if it is free and nobody waits for it, else null. @param name - default: the job's name */
  abstract tryLock(name?: string): Promise<Lock | null>
  /**
   * Runs a function in a worker thread, so that it does not block the event loop. It is carried as its source: it must be
   * an arrow function or a function expression that uses nothing but its arguments, globals, `require` and
   * `await import(...)` of Node's own modules.
   *
   * @param args - structured-cloned
   */
  abstract runInThread<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>>

  /** In a `GREEN_IO` job, waits for a promise: `const page = yield* this.wait(fetch(url))`. */
  *wait<T>(promise: T): Generator<unknown, Awaited<T>> {
    return (yield promise) as Awaited<T>
  }
}
shareClass(JobContext, 'JobContext')
