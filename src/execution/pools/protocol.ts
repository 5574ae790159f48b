import type { ClaimedTask } from '../../stores/broker.js'
import type { TaskAbortedError } from '../../errors.js'
import type { Encoded } from '../../util/encoded.js'
import type { WireError } from './wire-error.js'

/** A run as it goes to a member: what `Run` is made of there. Times in ms. */
export interface WireRun {
  readonly queue: string
  readonly claimed: ClaimedTask
  /** 0: none. */
  readonly timeout: number
  /** Name of the worker that holds the task. */
  readonly worker: string
}

/** What a pool tells one of its members: a worker thread or a child process. `run` numbers the runs of a pool. */
export type ToMember =
  | { readonly kind: 'start'; readonly run: number; readonly task: WireRun }
  | { readonly kind: 'function'; readonly run: number; readonly source: string; readonly args: readonly unknown[] }
  | { readonly kind: 'abort'; readonly run: number; readonly why: TaskAbortedError['why'] }
  /** What came of a call. */
  | { readonly kind: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly call: number; readonly error: WireError }
  /** A lock that a run holds was lost. */
  | { readonly kind: 'notice'; readonly run: number; readonly key: string }
  | { readonly kind: 'ping' }
  /** It is not needed any more. */
  | { readonly kind: 'end' }

/** A lock that the worker holds for a run of a member. */
export interface WireLock {
  readonly name: string
  readonly fence: number
  /** Unique among the locks of the worker. */
  readonly key: string
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** What a member tells its pool. */
export type FromMember =
  /** It has loaded the jobs and can run them. */
  | { readonly kind: 'ready' }
  /** It cannot load them. It ends. */
  | { readonly kind: 'unfit'; readonly error: WireError }
  | { readonly kind: 'pong' }
  /** A run is over: its outcome, encoded; of a function, what it returned. */
  | { readonly kind: 'done'; readonly run: number; readonly outcome: Encoded; readonly written?: Written }
  | { readonly kind: 'returned'; readonly run: number; readonly value: unknown; readonly written?: Written }
  | { readonly kind: 'failed'; readonly run: number; readonly error: WireError; readonly written?: Written }
  /** The job wants something that only the worker has. */
  | {
      readonly kind: 'call'
      readonly run: number
      readonly call: number
      readonly method: string
      readonly args: readonly unknown[]
    }
  | {
      readonly kind: 'log'
      readonly run: number
      readonly level: LogLevel
      readonly name: string | null
      readonly message: string
      readonly data: Readonly<Record<string, unknown>> | undefined
    }
  /** What a job printed, where it is not a pipe that carries it. `run` is null when nobody knows whose it is. */
  | { readonly kind: 'output'; readonly run: number | null; readonly stream: OutputStream; readonly text: string }
  /** It ends now, through the fault of that run; null when nobody knows whose. */
  | { readonly kind: 'ending'; readonly run: number | null; readonly error: WireError }

export type OutputStream = 'stdout' | 'stderr'

/** Bytes that a member has written to its pipes since its start. */
export interface Written {
  readonly stdout: number
  readonly stderr: number
}

/** One kind of message of a member. */
export type MessageOf<K extends FromMember['kind']> = Extract<FromMember, { readonly kind: K }>
