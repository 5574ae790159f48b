import { JobContext } from '../jobs/define/job-context.js'
import type { JobBackend } from '../jobs/define/job-backend.js'
import type { JobQueueOptions } from '../jobs/define/job-context.js'
import type { TaskFuture } from '../model/task-future.js'
import { Task } from '../model/task.js'
import { taskFields } from '../serializers/task-codec.js'
import type { Lock } from '../locks/lock.js'
import type { LockOptions } from '../locks/locks.js'
import type { Http } from '../jobs/http.js'
import { http } from '../jobs/http.js'
import type { Logger } from '../logging/logger.js'
import type { ShellOptions } from '../jobs/shell.js'
import { droppable } from '../util/droppable.js'
import { errorMessage } from '../util/thrown.js'
import { baseRetryDelay } from './retry-delay.js'
import { runBackend } from './run-backend.js'
import type { RunServices } from './run-services.js'
import type { RunOfJob } from './run.js'
import { withMembers } from '../util/with-members.js'

/** The {@link JobContext} of a run in this process. Each run has its own. */
export class RunContext extends JobContext {
  readonly http: Http = http
  #task: Task | null = null
  /** The members whose failure was told; null: none. */
  #warnedOf: Set<string> | null = null
  #backend: JobBackend | null = null

  constructor(
    private readonly run: RunOfJob,
    private readonly services: RunServices,
  ) {
    super()
  }

  get backend(): JobBackend {
    return (this.#backend ??= runBackend(this, this.services))
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
    return this.queue(job, args, withMembers(options, { queue: this.services.backend.nodeName }))
  }

  lock(name: string = this.name, options?: LockOptions): Promise<Lock> {
    return this.#droppable('lock', this.services.lock(this.run, name, options))
  }

  tryLock(name: string = this.name): Promise<Lock | null> {
    return this.#droppable('tryLock', this.services.tryLock(this.run, name))
  }

  runInThread<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return this.#droppable('runInThread', this.runFunction(fn, args))
  }

  shell(command: string, options: ShellOptions = {}): Promise<string> {
    return this.#droppable('shell', this.runCommand(command, options))
  }

  progress(value: unknown): Promise<void> {
    return this.#droppable('progress', this.run.progress(value))
  }

  protected async runFunction<A extends readonly unknown[], R>(fn: (...args: A) => R, args: A): Promise<Awaited<R>> {
    return (await this.services.runInThread(this.run, String(fn), args)) as Awaited<R>
  }

  protected async runCommand(command: string, options: ShellOptions): Promise<string> {
    return await this.services.shell(this.run, command, options)
  }

  /** A job that does not wait for a call is not ended by its failure. Of several that fail, one warning tells. */
  #droppable<T>(member: string, promise: Promise<T>): Promise<T> {
    return droppable(promise, (error) => {
      const words = `this.${member} failed, and nobody waits for it: ${errorMessage(error)}`
      this.#warnedOf ??= new Set()
      if (this.#warnedOf.has(member)) this.logger.debug(words)
      else this.logger.warn(words)
      this.#warnedOf.add(member)
    })
  }

  #snapshot(): Task {
    const { run, services } = this
    const call = { ...run.call, timeout: run.timeout }
    const fields = taskFields(run.header({ worker: services.workerName }), call, { node: services.backend.nodeName })
    return new Task(run.isLocal ? { ...fields, queue: null, worker: null } : fields)
  }
}
