/** The context of a trace as it rides in a task: headers by name, such as `traceparent`. */
export type Carrier = Readonly<Record<string, string>>

/** A task that is being queued. */
export interface QueuedFacts {
  readonly id: string
  readonly queue: string
  readonly job: string
  readonly priority: number
}

/** The sending of one task. */
export interface SendSpan {
  /** Goes with the task; undefined: nothing does. */
  readonly carrier: Carrier | undefined
  /** The store has answered. @param error - why the task was not queued; undefined: it was */
  end(error?: unknown): void
}

/** The sending of many tasks with one call. */
export interface SendManySpan {
  /** The sending of the next one. */
  send(facts: QueuedFacts): SendSpan
  /** One of them is not sent, as its arguments do not fit. */
  skip(): void
}

/** A run of a task that begins. Times are ms since the epoch by the store's clock. */
export interface RunFacts extends QueuedFacts {
  /** 1 for the first run. */
  readonly run: number
  readonly queuedAt: number
  readonly dueAt: number
  readonly claimedAt: number
  /** Name of the worker. */
  readonly worker: string
  /** Whether a schedule has queued it. */
  readonly isTick: boolean
  /** What came with the task. */
  readonly carrier: Carrier | undefined
}

/** How a run has ended. */
export interface RunOutcome {
  readonly state: 'succeeded' | 'failed' | 'revoked' | 'retried' | 'released'
  /** Class of the error; null: there was none. */
  readonly errorType: string | null
  readonly message: string | null
  /** ms until the next run; null: there is none. */
  readonly retryIn: number | null
}

/** What log lines have, so that they are found by their trace. */
export interface TraceIds {
  readonly trace_id: string
  readonly span_id: string
}

/** A run of a task. */
export interface RunSpan {
  /** Null: it is not recorded. */
  readonly ids: TraceIds | null
  /** Calls a function inside of it. */
  within<T>(act: () => T): T
  end(outcome: RunOutcome): void
}

/** Ends of runs that are told to the store in one call. */
export interface SettleFacts {
  readonly queue: string
  readonly count: number
  /** The runs that are recorded. */
  readonly runs: readonly TraceIds[]
}

/** A queue as it is now. */
export interface QueueFigures {
  readonly queue: string
  readonly ready: number
  readonly delayed: number
  readonly held: number
  /** Time since the ready task that waits longest was due, ms; null: none is ready, or it is unknown. */
  readonly oldestReady: number | null
  readonly workers: number
}

/** Where the tasks go, and who sends them. */
export interface TelemetrySource {
  /** Address of the store, without a password. */
  readonly address: string
  readonly nodeName: string
}

/**
 * Records what is queued and run: traces and metrics. A token of the container. The one of `pulsar-queue/otel` is used where the setting
 * `telemetry` asks for it. No method may throw.
 */
export abstract class Telemetry {
  /** Called once, before all else. */
  abstract open(source: TelemetrySource): void
  abstract send(facts: QueuedFacts): SendSpan
  /** @param count - number of tasks */
  abstract sendMany(count: number): SendManySpan
  abstract run(facts: RunFacts): RunSpan
  /** Ends of runs are told to the store. @returns called when it has answered; null: that is not recorded. Default: null */
  settle(_facts: SettleFacts): ((error?: unknown) => void) | null {
    return null
  }
  /** Called once. @param look - at all queues of the store @returns ends that. Default: nobody looks */
  watch(_look: () => Promise<readonly QueueFigures[]>): () => void {
    return () => undefined
  }
  /** The present context, for a thread or a child process. */
  abstract carrier(): Carrier | undefined
  /** Calls a function in a context that has come from another thread or process. */
  abstract within<T>(carrier: Carrier | undefined, act: () => T): T
}
