/**
 * What happened in a run, as those who saw it have written it down: one JSON line an event, in one file. All processes append to it
 * (`O_APPEND`), so the order of the lines is the order of the events, and what was written survives `kill -9`.
 */
export type Event = { readonly at: number } & (
  | SentEvent
  | { readonly e: 'acknowledged'; readonly id: string }
  /** `queue()` was rejected. */
  | { readonly e: 'refused'; readonly id: string; readonly code: string }
  | EndedEvent
  /** The future of an acknowledged task was rejected. */
  | { readonly e: 'rejected'; readonly id: string; readonly code: string }
  /** A producer calls `revoke()`, and is answered. */
  | { readonly e: 'revoking'; readonly id: string }
  | { readonly e: 'revoked'; readonly id: string; readonly changed: boolean }
  /** All futures of a producer have settled. */
  | { readonly e: 'finished'; readonly producer: string }
  | RunEvent
  | { readonly e: 'tick'; readonly id: string; readonly job: string; readonly tick: number }
  /** A worker takes tasks: so many at once, of this queue alone; null: of all but those that have workers of their own. */
  | { readonly e: 'ready'; readonly pid: number; readonly slots: number; readonly queue: string | null }
  /** A process has ended: a worker, or a producer. */
  | { readonly e: 'died'; readonly pid: number; readonly how: string }
  /** The harness has killed a server of the store. */
  | { readonly e: 'server-killed' }
  /** Another master of a queue takes writes; null: of all queues. */
  | { readonly e: 'new-master'; readonly queue: string | null }
  | { readonly e: 'frozen' | 'thawed'; readonly pid: number }
  /** The harness has injected a fault; `lifted`: the fault is over. */
  | { readonly e: 'fault' | 'lifted'; readonly name: string }
  /** The producers were told to stop. */
  | { readonly e: 'stopped' }
)

/** A producer is about to call `queue()`. */
export interface SentEvent {
  readonly e: 'sent'
  readonly id: string
  readonly producer: string
  readonly job: string
  readonly queue: string
  /** Number of the task in the line of its producer, where each task is sent after the one before was acknowledged. */
  readonly place?: number
  readonly priority?: number
  /** ms. */
  readonly delay?: number
  /** Most retries. */
  readonly retries: number
  /** Runs that fail. */
  readonly fails: number
}

/** The future of a task was resolved. */
export interface EndedEvent {
  readonly e: 'ended'
  readonly id: string
  readonly status: number
  readonly run: number
  /** Fence of the run that has succeeded. */
  readonly fence: number | null
  readonly endedAt: number
}

/** A run as its job saw it. `effect`: it did something outside of the queue. */
export interface RunEvent {
  readonly e: 'started' | 'effect' | 'failed' | 'returned' | 'aborted'
  readonly id: string
  readonly job: string
  readonly fence: number
  readonly run: number
  /** Of the worker. */
  readonly pid: number
  readonly why?: string
}
