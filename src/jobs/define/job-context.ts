import type { Lock } from '../../locks/lock.js'
import type { LockOptions } from '../../locks/locks.js'
import type { QueueOptions } from '../../model/queue-options.js'
import type { TaskFuture } from '../../model/task-future.js'
import type { Task } from '../../model/task.js'
import type { Http } from '../http.js'
import type { Logger } from '../../logging/logger.js'
import type { ShellOptions } from '../shell.js'
import type { JobBackend } from './job-backend.js'
import { shareClass } from '../../util/shared-class.js'

/** Options of a task that a job queues: those of `tasks.queue`. */
export type JobQueueOptions = QueueOptions

/**
 * The task, the logger and the tools of a job while it runs. A job that extends `BaseJob` has these members itself. Any other
 * class can have the context injected. Each run has its own context.
 */
export abstract class JobContext {
  /** The app: its name, settings and logger, and calls such as `backend.tasks.get(id)`. */
  abstract readonly backend: JobBackend
  /** The task of this run, as it was when the run started. */
  abstract readonly task: Task
  /** Job name. */
  abstract readonly name: string
  /** A logger named `<app>.<job name>`. Each of its lines has the id of the task. */
  abstract readonly logger: Logger
  /** `fetch` that keeps its connections open between requests. */
  abstract readonly http: Http
  /** Queue of this job's tasks where the caller names none. */
  abstract readonly defaultQueue: string
  abstract readonly maxRetries: number
  /** Wait before a retry, ms. */
  abstract readonly retryDelay: number
  /** Aborted when the run must stop: at its timeout, a revocation, the loss of the lease, or a shutdown. */
  abstract readonly signal: AbortSignal
  /** A number that grows with each claim in the queue. A job can fence its own writes with it. */
  abstract readonly fence: number

  /** Queues another task, whose `fromTask` is this task's id. @returns as `tasks.queue` */
  abstract queue(job: string | object, args?: object, options?: JobQueueOptions): TaskFuture
  /** Queues another task in this node's own queue. */
  abstract queueLocal(job: string | object, args?: object, options?: JobQueueOptions): TaskFuture
  /**
   * Runs a command in the system's shell. When `signal` is aborted, the command and all processes that it has started are
   * stopped, by SIGTERM and then by SIGKILL.
   *
   * @returns the command's stdout, as UTF-8, 64 MiB at most; `''` for an interactive command
   * @throws {@link ShellError} with `exitCode`, `stdout` and `stderr`, when the command does not end with exit code 0
   */
  abstract shell(command: string, options?: ShellOptions): Promise<string>
  /** Stores the progress of the run. Callers read it as `task.progress`, and the event `progress` announces it. */
  abstract progress(value: unknown): Promise<void>
  /**
   * Waits for a lock that all processes of the data store share. The run holds it until it is released, the run is over, or
   * this process dies.
   *
   * @param name - default: the job's name
   * @throws {@link LockTimeoutError} when the lock is not free in time; the signal's reason when the run must stop
   */
  abstract lock(name?: string, options?: LockOptions): Promise<Lock>
  /** Takes a lock if it is free and nobody waits for it; else returns null. @param name - default: the job's name */
  abstract tryLock(name?: string): Promise<Lock | null>
  /**
   * Runs a function in a worker thread, so that it does not block the event loop. The thread gets the source of the function,
   * so it must be an arrow function or a function expression that uses only its arguments, globals, `require` and
   * `await import(...)` of Node's own modules.
   *
   * @param args - the arguments of the function; they are copied by structured clone
   */
  abstract runInThread<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>>

  /** Waits for a promise in a `GREEN_IO` job: `const page = yield* this.wait(fetch(url))`. */
  *wait<T>(promise: T): Generator<unknown, Awaited<T>> {
    return (yield promise) as Awaited<T>
  }
}
shareClass(JobContext, 'JobContext')
