import type { Duration } from '../model/duration.js'
import type { ErrorDetails } from '../model/error-details.js'
import type { StoredProblem } from '../model/problem.js'
import type { SchedulePause } from '../model/schedule-pause.js'
import type { Attempt } from '../model/task-record.js'
import type { TaskState } from '../model/task-state.js'
import type { QueueStats } from '../model/queue-counts.js'

/** A queue at a glance. Times are ms. */
export interface QueueOverview {
  readonly name: string
  readonly paused: boolean
  readonly ready: number
  readonly delayed: number
  readonly held: number
  /** Tasks that failed or were revoked within the last seven days, 10,000 at most. */
  readonly failed: number
  /** Time since the ready task that waits longest was due; null: no task is ready. */
  readonly oldestReady: number | null
  /** The priorities that have ready tasks, the highest first. */
  readonly byPriority: readonly PriorityOverview[]
  /** Time until the next delayed task is due; null: there is none. */
  readonly nextDueIn: number | null
  /** Workers whose lease is valid. */
  readonly workers: number
  /** Slots of these workers. A quiet one has none. */
  readonly slots: number
  /**
   * Those of these slots that no task uses, of whichever queue of the worker: all its queues share them. Null: unknown, as in a look at one
   * queue alone.
   */
  readonly free: number | null
  /** Tasks that were running when their worker died, and have not run since. */
  readonly suspects: number
  /** Counters since the queue was first used. */
  readonly stats: QueueStats
  /** Null: unknown. The store keeps no series, or no worker has told of the queue. */
  readonly rates: QueueRates | null
  /**
   * Why the queue cannot be read, as where another program has written one of its keys; its numbers are 0 then, and say nothing. Absent:
   * it was read.
   */
  readonly error?: string
  /** Who has paused the queue; null: the audit log does not say. Absent: it is not paused, or this is a look at all that is repeated. */
  readonly pausedBy?: PausedBy | null
}

/** The act by which a queue was paused. */
export interface PausedBy {
  /** ms since the epoch. */
  readonly at: number
  /** Who: `user@host`. */
  readonly by: string
  readonly reason: string | null
}

export interface PriorityOverview {
  readonly priority: number
  readonly ready: number
  /** Time since the first of them was due. */
  readonly oldest: number | null
}

/** Tasks a second, over the last minute. */
export interface QueueRates {
  readonly queued: number
  readonly ended: number
  readonly failed: number
}

/**
 * Where a task stands. `ready`, `delayed` and `held` are live; `failed` is FAILURE or REVOKED, and `done` is SUCCESS.
 */
export type TaskPlace = 'ready' | 'delayed' | 'held' | 'failed' | 'done'

/** A task in a list, without its payload. Times are ms since the epoch. */
export interface TaskSummary {
  readonly id: string
  readonly job: string
  readonly queue: string
  readonly state: TaskPlace
  readonly status: TaskState
  /** The name of the status: `'QUEUED'`. */
  readonly statusString: string
  readonly priority: number
  readonly tags: readonly string[]
  /** Runs that have counted, the present one included. */
  readonly runs: number
  readonly crashes: number
  readonly queuedAt: number
  readonly dueAt: number
  /** When the present or last run was claimed; null: there was none. */
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly worker: string | null
  readonly node: string | null
  /** The task that this one is a retry of; null: none. */
  readonly retryOf: string | null
  /** Why its last run failed, or why it was revoked: the beginning of it. */
  readonly error: string | null
}

/** One page of a list. */
export interface TaskPage {
  readonly tasks: readonly TaskSummary[]
  /** Where the next page begins; null: this was the last one. */
  readonly cursor: string | null
  /** Number of tasks in that state. */
  readonly total: number
  /** Of `recent`: whether tasks are missing, since more ended than workers tell of. Absent: none is. */
  readonly isSampled?: boolean
}

/** Where a task goes on that was moved. */
export interface MovedTo {
  readonly queue: string
  /** Id of the task there; null: unknown. */
  readonly id: string | null
}

/** A task with all that is known of it. Its payload has passed `redact`. */
export interface TaskDetails extends TaskSummary {
  readonly args: unknown
  readonly result: unknown
  readonly meta: Readonly<Record<string, unknown>>
  readonly progress: unknown
  readonly runInfo: Readonly<Record<string, unknown>>
  /** ms; 0: none. */
  readonly delay: number
  readonly timeout: number
  readonly expires: number
  /** When it expires unless it has started; null: never. ms since the epoch. */
  readonly expiry: number | null
  readonly exception: string | null
  readonly stacktrace: string | null
  readonly details: ErrorDetails | null
  /** Fingerprint of the problem that its last run has met; null: none. */
  readonly problem: string | null
  readonly attempts: readonly Attempt[]
  /** Id of the task whose job has queued this one. */
  readonly parent: string | null
  /** Retries of this task that the store knows, the first one first. */
  readonly retries: readonly string[]
  /** Where it goes on, if it was moved; null: it was not. */
  readonly moved: MovedTo | null
  /** Lines of the log of its last run; null: the store keeps none. */
  readonly logs: readonly LogLine[] | null
  /** Why its arguments or its outcome cannot be read, as where another serializer wrote them, so that they are missing; null: they can. */
  readonly unreadable: string | null
  /** Identifier of the trace that has queued the task, by its `traceparent`; null: none. */
  readonly trace: string | null
  readonly links: readonly TaskLink[]
}

export interface LogLine {
  /** ms since the epoch. */
  readonly at: number
  readonly level: string
  readonly text: string
  readonly run: number
  /** How many lines of the task are missing where this one stands; null: nobody knows. Absent: the task has logged this line. */
  readonly missing?: number | null
}

export interface TaskLink {
  readonly label: string
  readonly href: string
}

/** Codes of {@link ExplainReason}. */
export type ExplainCode =
  | 'PAUSED'
  | 'DELAYED'
  | 'RETRY_WAIT'
  | 'PARKED'
  | 'NO_WORKER'
  | 'NO_JOB'
  | 'BUSY'
  | 'STARVED'
  | 'SUSPECT'
  | 'RUNNING'
  | 'SILENT'
  | 'LEASE_EXPIRED'
  | 'EXPIRES'
  | 'LAYOUT'
  | 'DONE'
  | 'MOVED'
  | 'GONE'
  | 'OTHER_NAMESPACE'

/** One reason why a task is where it is. */
export interface ExplainReason {
  readonly code: ExplainCode
  /** In a sentence. */
  readonly says: string
  /** The numbers and names that show it. */
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>
  /** What to do; null: nothing need be done. */
  readonly fix: string | null
}

export interface Explanation {
  readonly id: string
  readonly state: TaskPlace | 'gone'
  /** One line on the task. */
  readonly says: string
  /** The most telling first. */
  readonly reasons: readonly ExplainReason[]
  readonly task: TaskSummary | null
}

/** A worker, with all queues in which it has a lease. */
export interface WorkerOverview {
  /** Name: node and process id. */
  readonly name: string
  readonly node: string | null
  /** `quiet`: it is alive, and was told to claim no more. `lost`: no lease of it was renewed in time. */
  readonly state: 'alive' | 'quiet' | 'lost'
  readonly queues: readonly WorkerQueue[]
  /** Tasks that it holds. */
  readonly held: number
  /** What the worker says of itself; null: it was not asked yet, does not answer, or is of a version that does not say it. */
  readonly status: WorkerStatus | null
}

/** All queues and workers at a glance. */
export interface StoreOverview {
  readonly queues: readonly QueueOverview[]
  /** Null: the store keeps none, as one of the application's own may. */
  readonly workers: readonly WorkerOverview[] | null
}

export interface WorkerQueue {
  readonly queue: string
  /** Id of the lease. */
  readonly id: string
  readonly slots: number
  readonly held: number
  /** ms until the lease expires; negative: since when it has. */
  readonly expiresIn: number
  readonly state: 'alive' | 'overdue' | 'condemned'
}

export interface WorkerStatus {
  readonly pid: number
  /** When its process started, ms since the epoch; null: it is of a version that does not say it. */
  readonly startedAt: number | null
  /** Of the application, or `unknown`. */
  readonly version: string
  readonly quiet: boolean
  readonly jobs: readonly string[]
  readonly running: number
  readonly processed: number
  /** Bytes. */
  readonly memory: number
  /** ms. */
  readonly eventLoopDelay: number
  /** Hash of the manifest of its jobs. */
  readonly manifest: string | null
  /** ms since the epoch. */
  readonly at: number
}

/** A periodic job. Times are ms since the epoch. */
export interface ScheduleOverview {
  readonly job: string
  readonly queue: string
  /** As a text: `every 5 min` or a cron line. */
  readonly schedule: string
  /** Its last tick; null: it has had none yet. */
  readonly last: number | null
  /** When it is due next; null: it is paused, it is never due again, or the job itself decides and this process does not know it. */
  readonly next: number | null
  /** Time since the first tick that was due and that no process has taken, ms, but not that of a pause; 0: there is none, or it is paused. Null: the job itself decides when it is due. */
  readonly overdue: number | null
  /** Since when an operator has paused it, who and why; null: it is not paused. */
  readonly paused: SchedulePause | null
  /** Id of the task of the last tick; null: it has had none yet. */
  readonly lastTask: string | null
  /** What became of that task; null: its record has expired, or there is none. */
  readonly lastState: TaskPlace | null
}

/** Failures of one queue with one cause. Its message has none of the tasks' data. */
export interface Problem extends StoredProblem {
  readonly queue: string
}

export interface SeriesQuery {
  readonly queue: string
  readonly job?: string | undefined
  /** ms since the epoch. */
  readonly from: number
  readonly to?: number | undefined
  /** `1m` for three hours, `10m` for three days, `1h` for 60 days. */
  readonly step: '1m' | '10m' | '1h'
}

/** One interval of a series. */
export interface SeriesPoint {
  /** Begin of the interval, ms since the epoch. */
  readonly at: number
  readonly succeeded: number
  readonly failed: number
  readonly revoked: number
  readonly retried: number
  /**
   * Numbers of runs by how long they waited and took, a number for each bucket. Bounds, ms: 1, 2, 5, ... 1,000 s, and an hour; the last
   * bucket has no bound.
   */
  readonly wait: readonly number[]
  readonly run: readonly number[]
  /** Sums, ms. */
  readonly waitSum: number
  readonly runSum: number
  /** Number of tasks that were queued; null: unknown, and of a job. */
  readonly queued: number | null
  /** Sizes as they were sampled once in the interval; null: no sample, and of a job. */
  readonly ready: number | null
  readonly delayed: number | null
  readonly held: number | null
  readonly oldestReady: number | null
}

export interface Series {
  readonly queue: string
  readonly job: string | null
  readonly step: SeriesQuery['step']
  /** In order; intervals without any data are left out. */
  readonly points: readonly SeriesPoint[]
}

/** Which jobs, and over which time. */
export interface JobsQuery {
  /** Default: all. */
  readonly queue?: string | undefined
  /** Default: all. */
  readonly job?: string | undefined
  /** The time up to now. A duration (a number is **seconds**), 60 days at most. Default: an hour. */
  readonly over?: Duration | undefined
}

/** How long runs waited or took, ms. A percentile is exact to its bucket: 1, 2, 5, 10, ... */
export interface Latency {
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** What a job of a queue has done over a time. */
export interface JobFigures {
  readonly queue: string
  /** `_other` stands for all jobs beyond the first 200 of a queue. */
  readonly job: string
  readonly succeeded: number
  readonly failed: number
  readonly revoked: number
  /** Runs that were followed by another one. */
  readonly retried: number
  /** Tasks that ended, a second. */
  readonly rate: number
  /** Part of the tasks that failed, of those that ended by themselves, 0 to 1; null: none has ended. */
  readonly failing: number | null
  /** From when a run was due to its claim; null: there was none. */
  readonly wait: Latency | null
  /** How long runs took. */
  readonly run: Latency | null
  /** When a task of it succeeded last, ms since the epoch; null: never. */
  readonly lastSuccess: number | null
}

export interface MetricsOptions {
  /** The text format of Prometheus, that of OpenMetrics, or a line of JSON for each metric. Default: `prometheus`. */
  readonly format?: 'prometheus' | 'openmetrics' | 'json' | undefined
  /** Default: all queues. */
  readonly queues?: ((name: string) => boolean) | undefined
}

export interface AutoscaleOptions {
  /** Time in which what waits is to be worked off. A duration (a number is **seconds**). Default: a minute. */
  readonly drain?: Duration | undefined
  /** Slots of one worker (`concurrentTasks`). Default: the mean of the workers that are alive; 5 where there is none. */
  readonly slots?: number | undefined
}

/** What whoever scales the workers of a queue needs to know. */
export interface AutoscaleSignal {
  readonly queue: string
  readonly ready: number
  /** Time since the ready task that waits longest was due, ms; null: no task is ready. */
  readonly oldestReady: number | null
  /** Work that waits, in seconds of one slot. */
  readonly backlogSeconds: number
  /** 0 where nothing waits, runs or comes. */
  readonly desiredWorkers: number
}

/** One check of the doctor. */
export interface DoctorCheck {
  /** Stable name: `queue-without-worker`. */
  readonly name: string
  readonly state: 'ok' | 'info' | 'warning' | 'fault' | 'unknown'
  readonly says: string
  /** What to do; null: nothing. */
  readonly fix: string | null
}

export interface DoctorOptions {
  /** Default: all queues. */
  readonly queues?: ((name: string) => boolean) | undefined
}

export interface Diagnosis {
  /** Whether no check is a fault. */
  readonly healthy: boolean
  readonly checks: readonly DoctorCheck[]
}
