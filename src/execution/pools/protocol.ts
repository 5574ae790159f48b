import type { ShellOptions } from '../../jobs/shell.js'
import type { TaskAbortedError } from '../../errors.js'
import type { TaskLooks } from '../../jobs/define/job-backend.js'
import type { JobQueueOptions } from '../../jobs/define/job-context.js'
import type { LogLevel } from '../../logging/logger.js'
import type { Info } from '../../model/info.js'
import type { TaskFields } from '../../model/task.js'
import type { ClaimedTask } from '../../stores/broker.js'
import type { Duration } from '../../model/duration.js'
import type { Encoded } from '../../model/encoded.js'
import type { Carrier } from '../../telemetry/telemetry.js'
import type { WireError } from './wire-error.js'
import type { WireValue } from './wire-value.js'

/** The data of a run that are sent to a member. The member makes a `Run` from them. */
export interface WireRun {
  readonly queue: string
  readonly claimed: ClaimedTask
  /** Name of the worker that holds the task. */
  readonly worker: string
  /** The context of the run's span; absent: nothing is recorded. */
  readonly carrier?: Carrier | undefined
}

/**
 * The run to which code in a member belongs, as the asynchronous context of that code says. The run may be over: what it has
 * started, such as a timer, may go on.
 */
export interface Origin {
  /** Number of the run in the pool. */
  readonly run: number
  /** Name of its job. */
  readonly job: string
  /** What its log lines have: the id of the task, and which of the task's runs it is. */
  readonly bindings: { readonly task: string; readonly run: number }
}

/** Messages of a pool to one of its members, a worker thread or a child process. `run` is the number of a run in the pool. */
export type ToMember =
  | { readonly kind: 'start'; readonly run: number; readonly task: WireRun }
  | { readonly kind: 'function'; readonly of: Origin; readonly source: string; readonly args: WireValue }
  /** `why` is null where the run is over: a function that it has started must stop. */
  | { readonly kind: 'abort'; readonly run: number; readonly why: TaskAbortedError['why'] | null }
  /** The result or the error of a call. */
  | { readonly kind: 'answer'; readonly call: number; readonly value: WireValue }
  | { readonly kind: 'refusal'; readonly call: number; readonly error: WireError }
  | { readonly kind: 'lock-lost'; readonly run: number; readonly key: string }
  | { readonly kind: 'ping' }
  /** The member is no longer needed. */
  | { readonly kind: 'end' }

/** A lock that the worker holds for a run of a member. */
export interface WireLock {
  readonly name: string
  readonly fence: number
  /** Unique among the locks of the worker. */
  readonly key: string
}

/** A task that a run has queued, as it is sent to the member. */
export type WireTask = TaskFields & {
  /** Whether the member may wait for the end of the task. */
  readonly hasEnd: boolean
}

/** The calls of a run that only the worker can serve. Their arguments and results must be data that can be sent. */
export interface HostCalls {
  /** @param id - the new id of the task, unless the options have one */
  readonly queue: (job: string, args: object, options: JobQueueOptions | undefined, id: string) => Promise<WireTask>
  /** Revokes a task that this run has queued. */
  readonly revoke: (id: string) => Promise<boolean>
  /** The end of a task that this run has queued. */
  readonly end: (id: string) => Promise<WireTask>
  /** @param options - with the directory of the member @param variables - of the member: a job may have changed them there */
  readonly shell: (command: string, options: ShellOptions, variables: NodeJS.ProcessEnv) => Promise<string>
  readonly lock: (name: string, timeout: Duration | undefined) => Promise<WireLock>
  readonly tryLock: (name: string) => Promise<WireLock | null>
  readonly release: (key: string) => Promise<boolean>
  readonly progress: (value: unknown) => Promise<void>
  readonly runInThread: (source: string, args: readonly unknown[]) => Promise<unknown>
  /** A call of `backend.tasks` whose arguments and result are plain data. */
  readonly look: (call: PlainLook, args: readonly unknown[]) => Promise<unknown>
  /** `backend.tasks.get` */
  readonly get: (id: string) => Promise<WireTask | null>
  readonly info: () => Promise<Info>
}

/** The calls of `backend.tasks` whose results are no tasks. */
export type PlainLook = Exclude<keyof TaskLooks, 'get'>

/** A line of a log. */
export interface LogLine {
  readonly level: LogLevel
  /** Name of a child of the logger; null: the logger itself. */
  readonly name: string | null
  readonly message: string
  readonly data: Readonly<Record<string, unknown>> | undefined
}

/** Messages of a member about one of its runs. */
export type RunMessage =
  /** The job has returned. The message has the encoded report of the run. */
  | { readonly kind: 'done'; readonly run: number; readonly outcome: Encoded; readonly written?: Written }
  /** The function has returned. */
  | { readonly kind: 'returned'; readonly run: number; readonly value: WireValue; readonly written?: Written }
  | { readonly kind: 'failed'; readonly run: number; readonly error: WireError; readonly written?: Written }
  /** The task is released: it cannot run here. The run does not count. */
  | {
      readonly kind: 'released'
      readonly run: number
      readonly reason: string
      readonly delay: number
      readonly written?: Written
    }
  | {
      readonly kind: 'call'
      readonly run: number
      readonly call: number
      readonly method: keyof HostCalls
      /** A list. */
      readonly args: WireValue
    }

/** A log line of a run, or of the app's own logger, for which `of` is null. */
export interface LogMessage extends LogLine {
  readonly kind: 'log'
  readonly of: Origin | null
}

/** Messages of a member to its pool. */
export type FromMember =
  | RunMessage
  | LogMessage
  /** The member has loaded the jobs and can run them. */
  | { readonly kind: 'ready' }
  /** The member cannot load the jobs, and ends. */
  | { readonly kind: 'unfit'; readonly error: WireError }
  | { readonly kind: 'pong' }
  /** A job has printed text in a thread, which has no pipe. `of` is null when the run is unknown. */
  | { readonly kind: 'output'; readonly of: Origin | null; readonly stream: OutputStream; readonly text: string }
  /** A promise was rejected that nobody holds, of a run which is over or was told to stop. The member goes on. */
  | { readonly kind: 'stray'; readonly of: Origin; readonly error: WireError }
  /** The member ends because of code of a run; `of` is null when the run is unknown. */
  | { readonly kind: 'ending'; readonly of: Origin | null; readonly error: WireError }

export type OutputStream = 'stdout' | 'stderr'

/** Number of bytes that a member has written to each of its pipes since its start. */
export interface Written {
  readonly stdout: number
  readonly stderr: number
}

/** The messages of a member of one kind. */
export type MessageOf<K extends FromMember['kind']> = Extract<FromMember, { readonly kind: K }>
