import type { JobListEntry } from '../jobs/loading/job-list.js'
import type { ActResult, ImportResult, Plan } from '../operate/acts.js'
import type { ExportedTask } from '../operate/export-line.js'
import type {
  DoctorCheck,
  Explanation,
  LogLine,
  Problem,
  QueueOverview,
  ScheduleOverview,
  TaskDetails,
  TaskSummary,
  WorkerOverview,
} from '../operate/looks.js'
import type { MetricFamily } from '../operate/metrics/metric-families.js'
import type { TaskState } from '../model/task-state.js'
import type { AuditEntry } from '../stores/operations-store.js'
import type { JobLook } from './top/job-looks.js'

/**
 * What `--json` of each command prints: of a list a line for each entry, else one line. The published schema,
 * docs/api/pq-json.schema.json, is made of these types by `npm run docs`.
 */
export interface JsonOutputs {
  /** Of all commands that act on tasks, with `--dry-run`. */
  plan: Plan
  /** Of all commands that act on tasks. */
  act: ActResult
  audit: AuditEntry
  dashboard: ServedPlace
  doctor: DoctorCheck
  explain: Explanation
  /** With and without `--json`. */
  export: ExportedTask
  find: TaskSummary
  import: ImportResult
  /** By name, in one value of many lines. */
  jobs: Readonly<Record<string, JobListEntry>>
  logs: LogLine
  ls: QueueOverview
  metrics: MetricFamily
  'metrics --bind': ServedPlace
  'ls --state': TaskSummary
  pause: QueuePause
  problems: Problem
  /** Of `resolve`, `mute` and `reopen`. */
  'problems mark': MarkedProblem
  queue: QueuedTask
  /** Once the task has ended. */
  'queue --wait': EndedTask
  resume: QueuePause
  schedules: ScheduleOverview
  /** Of `pause` and `resume`. */
  'schedules pause': PausedSchedule
  show: TaskDetails
  top: TopReport
  wait: QueueSizes
  workers: WorkerOverview
  /** Of `quiet`, `resume`, `stop`, `concurrency` and `log-level`. */
  'workers order': OrderedWorker
}

/** Where a command serves. */
export interface ServedPlace {
  readonly url: string
}

/** A task that was queued. */
export interface QueuedTask {
  readonly id: string
  readonly job: string
  readonly queue: string
}

/** The same task, once it has ended. */
export interface EndedTask extends QueuedTask {
  readonly status: TaskState
  /** The name of the status: `'SUCCESS'`. */
  readonly statusString: string
  /** What the job has returned; null: nothing, or it has not succeeded. */
  readonly result: unknown
  /** Why it has failed, or why it was revoked; null: it has succeeded. */
  readonly error: string | null
}

/** A worker that has taken an order. */
export interface OrderedWorker {
  readonly worker: string
  readonly order: 'quiet' | 'resume' | 'stop' | 'concurrency' | 'log-level'
}

/** Whether a schedule is paused now. */
export interface PausedSchedule {
  readonly job: string
  readonly paused: boolean
}

/** Whether a queue is paused now. */
export interface QueuePause {
  readonly queue: string
  readonly paused: boolean
}

/** A problem that an operator has marked. */
export interface MarkedProblem {
  readonly id: string
  readonly queue: string
  readonly state: Problem['state']
}

/** What was left when the wait ended. */
export interface QueueSizes {
  readonly queue: string
  readonly ready: number
  readonly delayed: number
  readonly held: number
}

/** One look at all. What a store does not keep is null. */
export interface TopReport {
  /** ms since the epoch. */
  readonly at: number
  readonly queues: readonly QueueOverview[]
  readonly jobs: readonly JobLook[] | null
  readonly workers: readonly WorkerOverview[] | null
  readonly problems: readonly Problem[] | null
}
