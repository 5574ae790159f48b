import { JobDefinitionError } from '../../errors.js'
import type { Lock } from '../../locks/lock.js'
import type { LockOptions } from '../../locks/locks.js'
import type { TaskFuture } from '../../model/task-future.js'
import type { Task } from '../../model/task.js'
import type { Http } from '../http.js'
import type { Logger } from '../../logging/logger.js'
import type { ShellOptions } from '../shell.js'
import type { JobBackend } from './job-backend.js'
import type { JobContext, JobQueueOptions } from './job-context.js'

const ATTACH = Symbol.for('pulsar-queue.attach')

/**
 * Gives a job its context, where it extends {@link BaseJob}: the one of this copy of the package or of another. Called once, after
 * the constructor and before `run`.
 */
export function attachContext(instance: object, context: JobContext): void {
  const job = instance as { readonly [ATTACH]?: (context: JobContext) => void }
  job[ATTACH]?.(context)
}

/** Contexts of jobs behind a Proxy, which has no private members. */
const contexts = new WeakMap<object, JobContext>()

/**
 * Base class of jobs that use the members of {@link JobContext}. Its constructor takes no arguments, so that the constructor
 * of a subclass is free for injected services. The members are available in `run`, not in a constructor.
 */
export abstract class BaseJob implements JobContext {
  #given: JobContext | null = null

  /** The code of the job. Its parameters are the arguments of the task, its return value is the result. */
  abstract run(...args: never[]): unknown

  /** @internal */
  [ATTACH](context: JobContext): void {
    if (#given in this) this.#given = context
    else contexts.set(this, context)
  }

  get backend(): JobBackend {
    return this.#context('backend').backend
  }
  get task(): Task {
    return this.#context('task').task
  }
  get name(): string {
    return this.#context('name').name
  }
  get logger(): Logger {
    return this.#context('logger').logger
  }
  get http(): Http {
    return this.#context('http').http
  }
  get defaultQueue(): string {
    return this.#context('defaultQueue').defaultQueue
  }
  get maxRetries(): number {
    return this.#context('maxRetries').maxRetries
  }
  get retryDelay(): number {
    return this.#context('retryDelay').retryDelay
  }
  get signal(): AbortSignal {
    return this.#context('signal').signal
  }
  get fence(): number {
    return this.#context('fence').fence
  }

  queue(job: string | object, args?: object, options?: JobQueueOptions): TaskFuture {
    return this.#context('queue').queue(job, args, options)
  }
  queueLocal(job: string | object, args?: object, options?: JobQueueOptions): TaskFuture {
    return this.#context('queueLocal').queueLocal(job, args, options)
  }
  shell(command: string, options?: ShellOptions): Promise<string> {
    return this.#context('shell').shell(command, options)
  }
  progress(value: unknown): Promise<void> {
    return this.#context('progress').progress(value)
  }
  lock(name?: string, options?: LockOptions): Promise<Lock> {
    return this.#context('lock').lock(name, options)
  }
  tryLock(name?: string): Promise<Lock | null> {
    return this.#context('tryLock').tryLock(name)
  }
  runInThread<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return this.#context('runInThread').runInThread(fn, ...args)
  }

  /** Waits for a promise in a `GREEN_IO` job: `const page = yield* this.wait(fetch(url))`. */
  *wait<T>(promise: T): Generator<unknown, Awaited<T>> {
    return (yield promise) as Awaited<T>
  }

  #context(member: string): JobContext {
    const context = #given in this ? this.#given : contexts.get(this)
    if (context) return context
    throw new JobDefinitionError(
      this.constructor.name,
      `expected this.${member} to be used in run(), got a use in the constructor or outside of a run`,
    )
  }
}
