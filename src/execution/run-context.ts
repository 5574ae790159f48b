import { JobContext } from '../jobs/define/job-context.js'
import type { JobBackend, JobQueueOptions } from '../jobs/define/job-context.js'
import type { TaskFuture } from '../model/task-future.js'
import { Task } from '../model/task.js'
import { taskFields } from '../serializers/task-codec.js'
import type { Lock } from '../locks/lock.js'
import type { LockOptions } from '../locks/locks.js'
import type { Http } from '../jobs/http.js'
import { http } from '../jobs/http.js'
import type { Logger } from '../logging/logger.js'
import type { ShellOptions } from '../jobs/shell.js'
import { shell } from '../jobs/shell.js'
import { baseRetryDelay } from './retry-delay.js'
import type { Run, RunOfJob } from './run.js'

/** The services of a process that its runs use. */
export interface RunServices {
  readonly backend: JobBackend
  readonly workerName: string
  /** Queue of tasks for which neither caller nor job names one. */
  readonly defaultQueue: string
  /** Time between SIGTERM and SIGKILL for the shell commands of an aborted run, ms. */
  readonly shellGrace: number
  /** Queues a task as the child of a run's. */
  queue(run: Run, job: string | object, args: object, options: JobQueueOptions | undefined, id?: string): TaskFuture
  /** Waits for a lock, for no longer than the run lasts; it is released with the run. */
  lock(run: Run, name: string, options: LockOptions | undefined): Promise<Lock>
  /** Takes a lock if it is free, else returns null. The lock is released at the end of the run. */
  tryLock(run: Run, name: string): Promise<Lock | null>
  /** Runs a function from its source in a worker thread, and stops it at the end of the run. */
  runInThread(run: Run, source: string, args: readonly unknown[]): Promise<unknown>
}

/** The {@link JobContext} of a run in this process. Each run has its own. */
export class RunContext extends JobContext {
  readonly http: Http = http
  #task: Task | null = null

  constructor(
    private readonly run: RunOfJob,
    private readonly services: RunServices,
  ) {
    super()
  }

  get backend(): JobBackend {
    return this.services.backend
  }
  get name(): string {
    return this.run.call.job
  }
  get logger(): Logger {
    return this.run.logger
  }
  get signal(): AbortSignal {
    return this.run.signal
  }
  get fence(): number {
    return this.run.claimed.fence
  }
  get defaultQueue(): string {
    return this.run.job.defaultQueue ?? this.services.defaultQueue
  }
  get maxRetries(): number {
    return this.run.call.meta?.maxRetries ?? this.run.job.maxRetries
  }
  get retryDelay(): number {
    return baseRetryDelay(this.run.job.options, this.run.call.meta)
  }

  get task(): Task {
    return (this.#task ??= this.#snapshot())
  }

  queue(job: string | object, args: object = {}, options?: JobQueueOptions): TaskFuture {
    return this.services.queue(this.run, job, args, options)
  }

  queueLocal(job: string | object, args: object = {}, options?: JobQueueOptions): TaskFuture {
    return this.queue(job, args, { ...options, queue: this.backend.nodeName })
  }

  async lock(name: string = this.name, options?: LockOptions): Promise<Lock> {
    return await this.services.lock(this.run, name, options)
  }

  async tryLock(name: string = this.name): Promise<Lock | null> {
    return await this.services.tryLock(this.run, name)
  }

  async runInThread<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return (await this.services.runInThread(this.run, String(fn), args)) as Awaited<R>
  }

  async shell(command: string, options: ShellOptions = {}): Promise<string> {
    return await shell(command, options, { signal: this.signal, grace: this.services.shellGrace })
  }

  async progress(value: unknown): Promise<void> {
    await this.run.progress(value)
  }

  #snapshot(): Task {
    const { run, services, backend } = this
    const call = { ...run.call, timeout: run.timeout }
    const fields = taskFields(run.header({ worker: services.workerName }), call, { node: backend.nodeName })
    return new Task(run.isLocal ? { ...fields, queue: null, worker: null } : fields)
  }
}
