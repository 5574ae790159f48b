import type { Duration } from './duration.js'
import type { ErrorDetails } from './error-details.js'
import type { Attempt } from './task-record.js'
import type { TaskState } from './task-state.js'
import { EXCEPTION_STATES, READY_STATES, SUCCESS, statusString } from './task-state.js'
import { Message } from './message.js'

/** The data of a {@link Task}. */
export interface TaskFields<T = unknown> {
  readonly id: string
  readonly name: string
  readonly queue: string | null
  readonly status: TaskState
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly result: T | undefined
  readonly exception: string | null
  readonly stacktrace: string | null
  readonly error: ErrorDetails | null
  readonly retry: number
  readonly delay: number
  readonly timeout: number
  readonly expires: number
  readonly expiry: number | null
  readonly priority: number
  readonly progress: unknown
  readonly timeQueued: number
  readonly timeStarted: number
  readonly timeEnded: number
  readonly worker: string | null
  readonly node: string | null
  readonly fromTask: string | null
  readonly meta: Readonly<Record<string, unknown>>
  readonly runInfo: Readonly<Record<string, unknown>>
  readonly attempts: readonly Attempt[]
}

/** Limits of a wait: a duration (a number is **seconds**), or options. */
export type WaitOptions =
  | Duration
  | {
      /** Longest wait. A duration. Default: no limit. */
      readonly timeout?: Duration | undefined
      /** Aborts the wait. The task goes on. */
      readonly signal?: AbortSignal | undefined
    }

/** The future of a task's end, as its `doneCallback` is: a {@link TaskFuture}, which asks the store for the task once it is awaited. */
export interface DoneCallback<T> extends Promise<Task<T>> {
  /** `'<TaskFuture pending ID=i26ad5...>'` */
  toString(): string
  /** Id of the task. */
  readonly id: string
  wait(options?: WaitOptions): Promise<Task<T>>
}

/** Makes the future of a task's end. */
export type EndOf = (task: Task) => DoneCallback<unknown>

/** Set by the class below. */
let giveEnd: (task: Task, endOf: EndOf) => void

/** Gives a task its `doneCallback`, which is made when somebody asks for it. */
export function withEnd<T>(task: Task<T>, endOf: EndOf): Task<T> {
  giveEnd(task, endOf)
  return task
}

/**
 * A snapshot of a task. It never changes; look the task up again to see its new state. Timestamps are milliseconds since the
 * epoch. `delay`, `timeout` and `expires` are milliseconds, with 0 for none.
 */
export class Task<T = unknown> extends Message implements TaskFields<T> {
  declare readonly id: string
  /** Job name. */
  declare readonly name: string
  /** The task's queue; null for a task that was executed without one. */
  declare readonly queue: string | null
  declare readonly status: TaskState
  /** Arguments by name. */
  declare readonly kwargs: Readonly<Record<string, unknown>>
  /** The return value of `run`; undefined unless the task has succeeded. */
  declare readonly result: T | undefined
  /** Why it failed, was revoked, or is to be retried: the messages of the error and of its causes. */
  declare readonly exception: string | null
  /** The stack traces of the error and of its causes. */
  declare readonly stacktrace: string | null
  /** What its last run threw, as data: `name`, `message`, `code`, `data`, `cause`, `errors`; null: nothing was thrown. */
  declare readonly error: ErrorDetails | null
  /** Runs so far, this one included: 1 in the first run. */
  declare readonly retry: number
  declare readonly delay: number
  declare readonly timeout: number
  declare readonly expires: number
  /** When the task expires, if it has not started by then; null: never. */
  declare readonly expiry: number | null
  declare readonly priority: number
  /** The last value that the job passed to `progress()`. */
  declare readonly progress: unknown
  declare readonly timeQueued: number
  /** When the last run started; 0: none has. */
  declare readonly timeStarted: number
  /** When the task ended; 0: it has not. */
  declare readonly timeEnded: number
  declare readonly worker: string | null
  declare readonly node: string | null
  /** Id of the task whose job has queued this one. */
  declare readonly fromTask: string | null
  /** The caller's own metadata. */
  declare readonly meta: Readonly<Record<string, unknown>>
  declare readonly runInfo: Readonly<Record<string, unknown>>
  /**
   * The runs that failed and were retried, the latest last: the last ten of them. The store keeps them, so a task that was looked up,
   * awaited or announced as `done` has them, and a job's own `task` does not. A run that timed out counts as failed.
   */
  declare readonly attempts: readonly Attempt[]
  /** Makes the future of the task's end; null: the task has none. */
  #endOf: EndOf | null = null
  #end: DoneCallback<T> | undefined

  static {
    giveEnd = (task, endOf) => {
      task.#endOf = endOf
    }
  }

  constructor(fields: TaskFields<T>) {
    super()
    // Member by member: `Object.assign` takes six times as long, and each queued task is made.
    this.id = fields.id
    this.name = fields.name
    this.queue = fields.queue
    this.status = fields.status
    this.kwargs = fields.kwargs
    this.result = fields.result
    this.exception = fields.exception
    this.stacktrace = fields.stacktrace
    this.error = fields.error
    this.retry = fields.retry
    this.delay = fields.delay
    this.timeout = fields.timeout
    this.expires = fields.expires
    this.expiry = fields.expiry
    this.priority = fields.priority
    this.progress = fields.progress
    this.timeQueued = fields.timeQueued
    this.timeStarted = fields.timeStarted
    this.timeEnded = fields.timeEnded
    this.worker = fields.worker
    this.node = fields.node
    this.fromTask = fields.fromTask
    this.meta = fields.meta
    this.runInfo = fields.runInfo
    this.attempts = fields.attempts
  }

  /** Waits for the end of the task. Present on a task that was queued with `callback: false`. */
  get doneCallback(): DoneCallback<T> | undefined {
    // A message can be built without its constructor.
    if (!(#endOf in this) || this.#endOf === null) return undefined
    return (this.#end ??= this.#endOf(this) as DoneCallback<T>)
  }

  /** `'SUCCESS'`, `'QUEUED'`, ... */
  get statusString(): string {
    return statusString(this.status)
  }

  /** Whether the task is over. */
  done(): boolean {
    return READY_STATES.has(this.status)
  }

  /** Whether the task has succeeded. Narrows the type of `result`. */
  isSuccess(): this is this & { readonly status: typeof SUCCESS; readonly result: T } {
    return this.status === SUCCESS
  }

  /** Whether the task ended with an exception: it failed or was revoked. */
  isException(): boolean {
    return EXCEPTION_STATES.has(this.status)
  }

  /** `'task.addition<i24ab9...><SUCCESS>'` */
  override toString(): string {
    return `task.${this.name}<${this.id}><${this.statusString}>`
  }

  /** The data of the task, for `JSON.stringify`. */
  toJSON(): object {
    // eslint-disable-next-line @typescript-eslint/no-misused-spread -- its data alone is wanted
    return { ...this, type: 'task', statusString: this.statusString }
  }
}
