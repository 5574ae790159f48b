import { inspect } from 'node:util'
import { TaskFailedError, TaskRevokedError } from '../errors.js'
import type { DoneCallback, Task, WaitOptions } from './task.js'
import { FAILURE, SUCCESS } from './task-state.js'
import { boundedWait } from './bounded-wait.js'
import { droppable } from '../util/droppable.js'
import { setImmediate } from '../util/timers.js'

/** A task that was queued with `callback: false`: its `doneCallback` is the future of its end. */
export type QueuedTask<T = unknown> = Task<T> & { readonly doneCallback: DoneCallback<T> }

/** The producer as its futures see it. */
export interface FutureBackend {
  /** Waits for the end of a task. */
  end(id: string, queue: string): Promise<Task>
  /** @returns true if it changed anything */
  revoke(id: string, queue: string): Promise<boolean>
  /** A promise about a task was rejected, and nobody waits for it. Must not throw. */
  dropped(id: string, error: unknown): void
}

/** Settles a promise: as a thenable does, or with a task. */
type Settle = (settled: never) => void

/** The function that settles the promise that is being made. A closure for each promise would be one more object. */
const nothing = (): void => undefined
const making: { settle: Settle } = { settle: nothing }

/** The other function is let go: what futures keep while calls are under way is moved by the garbage collector. */
function takeSettle(settle: Settle): void {
  making.settle = settle
}

/** Set by the class below, whose constructor nobody else may call. */
let construct: (id: string, queue: string, backend: FutureBackend, isLazy: boolean) => TaskFuture

/** Settle a future. Only the first call of either counts. */
export let resolveFuture: (future: TaskFuture, task: Task) => void
export let rejectFuture: (future: TaskFuture, reason: unknown) => void

/** Makes a future that {@link resolveFuture} or {@link rejectFuture} settles. */
export function openFuture(id: string, queue: string, backend: FutureBackend): TaskFuture {
  return construct(id, queue, backend, false)
}

/** Makes a future that settles as `settled` does. */
export function taskFuture(settled: Promise<Task>, id: string, queue: string, backend: FutureBackend): TaskFuture {
  const future = construct(id, queue, backend, false)
  follow(future, settled)
  return future
}

/** Makes the future of the end of a queued task. It asks the store only once somebody waits for it. */
export function endFuture(id: string, queue: string, backend: FutureBackend): TaskFuture {
  return construct(id, queue, backend, true)
}

/** What a promise is settled with to be rejected. */
function rejecting(reason: unknown): object {
  return {
    then: (_: unknown, reject: (reason: unknown) => void) => {
      reject(reason)
    },
  }
}

function follow(future: TaskFuture, settled: Promise<Task>): void {
  settled.then(
    (task) => {
      resolveFuture(future, task)
    },
    (reason: unknown) => {
      rejectFuture(future, reason)
    },
  )
}

/**
 * A promise of a task. Created by `queue()`. Resolves when the task is over, however it ended; with `callback: false`, when
 * the task is queued. Rejects only when the task could not be queued or looked up. Nobody need wait for it: a rejection is
 * logged then.
 */
export class TaskFuture<T = unknown, K extends Task<T> = Task<T>> extends Promise<K> {
  readonly #id: string
  readonly #queue: string
  readonly #backend: FutureBackend
  /** Takes the task; `never`, so that the type of a future says only what it gives. */
  readonly #settle: Settle
  #state: 'pending' | 'done' | 'failed' = 'pending'
  /** Whether someone waits for it, or has waited. A lazy one asks the store for the end once somebody does. */
  #interest: 'none' | 'lazy' | 'held'

  /** `then`, `catch` and `finally` give plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  static {
    construct = (id, queue, backend, isLazy) => new TaskFuture(id, queue, backend, isLazy)
    resolveFuture = (future, task) => {
      if (future.#state !== 'pending') return
      future.#state = 'done'
      future.#settle(task as never)
    }
    rejectFuture = (future, reason) => {
      if (future.#state === 'pending') future.#fail(reason)
    }
    // Who awaits a promise asks for its constructor first. Of one whose constructor is `Promise`, it awaits the promise itself, and
    // does not call `then`. Of any other it makes two promises more, which takes twice the time. So asking counts as waiting.
    void Object.defineProperty(this.prototype, 'constructor', {
      configurable: true,
      get(this: object) {
        if (!(#interest in this) || this.#interest === 'lazy') return TaskFuture
        this.#interest = 'held'
        return Promise
      },
    })
  }

  private constructor(id: string, queue: string, backend: FutureBackend, isLazy: boolean) {
    super(takeSettle)
    this.#id = id
    this.#queue = queue
    this.#backend = backend
    this.#interest = isLazy ? 'lazy' : 'none'
    this.#settle = making.settle
    // It would keep the last future, and with it its application.
    making.settle = nothing
  }

  override then<A = K, B = never>(
    onDone?: ((task: K) => A | PromiseLike<A>) | null,
    onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const isAsked = this.#interest === 'lazy'
    this.#interest = 'held'
    if (isAsked) follow(this, this.#backend.end(this.#id, this.#queue))
    return super.then(onDone, onFailed)
  }

  /** A future need not be awaited. Its rejection does not end the process, as that of any other promise would. */
  #fail(reason: unknown): void {
    this.#state = 'failed'
    const interest = this.#interest
    super.then(undefined, () => undefined)
    // `then` asks for the constructor, and this is nobody who waits.
    this.#interest = interest
    this.#settle(rejecting(reason) as never)
    setImmediate(() => {
      if (this.#interest !== 'held') this.#backend.dropped(this.#id, reason)
    })
  }

  /** Id of the task, known at once. */
  get id(): string {
    return this.#id
  }

  /**
   * Waits for the end of the task; with `callback: false`, until the task is queued.
   *
   * @throws {@link WaitTimeoutError} when that takes longer than the timeout. The task goes on
   */
  wait(options?: WaitOptions): Promise<K> {
    return this.#droppable(boundedWait(() => this, this.#id, options))
  }

  /**
   * Waits for the end of the task, also with `callback: false`.
   *
   * @returns the result of the task
   *
   * @throws {@link TaskFailedError} or {@link TaskRevokedError} with the job's message; {@link WaitTimeoutError}
   */
  result(options?: WaitOptions): Promise<T> {
    return this.#droppable(this.#result(options))
  }

  /** Ends the task as REVOKED, whether it waits or runs. @returns true if that changed anything */
  revoke(): Promise<boolean> {
    return this.#droppable(this.#backend.revoke(this.#id, this.#queue))
  }

  #droppable<V>(promise: Promise<V>): Promise<V> {
    return droppable(promise, (error) => {
      this.#backend.dropped(this.#id, error)
    })
  }

  async #result(options: WaitOptions | undefined): Promise<T> {
    const task: Task<T> = await boundedWait(() => this.#end(), this.#id, options)
    if (task.status === SUCCESS) return task.result as T
    throw task.status === FAILURE ? new TaskFailedError(task) : new TaskRevokedError(task)
  }

  async #end(): Promise<Task<T>> {
    const task: Task<T> = await this
    return task.done() ? task : ((await this.#backend.end(this.#id, this.#queue)) as Task<T>)
  }

  /** `'<TaskFuture pending ID=i26ad5...>'` */
  override toString(): string {
    return `<TaskFuture ${this.#state} ID=${this.#id}>`
  }
  /** The text that `console.log` prints. It asks for the constructor, too, before it calls what it gets here, and waits for nothing. */
  get [inspect.custom](): () => string {
    const interest = this.#interest
    return () => {
      this.#interest = interest
      return String(this)
    }
  }
}
