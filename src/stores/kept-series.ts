import type { QueueSizes, QueueStats } from '../model/queue-counts.js'
import type { RunCounts } from '../model/run-counts.js'

/** Length of the intervals of a series: `1m` are kept for three hours, `10m` for three days, `1h` for 60 days. */
export type SeriesStep = '1m' | '10m' | '1h'

/** What a worker has seen of a queue since it told the last time. */
export interface Observation {
  /** Id of the worker's lease, or another name of the observer that is unique. */
  readonly worker: string
  /** Grows by one with each observation of that name. One that is sent again keeps its number, and counts once. */
  readonly seq: number
  /** By job, the runs whose end the store has recorded. */
  readonly jobs: ReadonlyMap<string, RunCounts>
  /** Ids of tasks that have ended, the last one at the end: the last hundred at most. */
  readonly ended: readonly string[]
  /** Whether these are all that have ended. */
  readonly isComplete: boolean
}

export interface ObserveReply {
  /** Whether somebody looks at the series of the queue now: observations may then come each second. */
  readonly isWatched: boolean
}

/** The counters of a queue as they stood once. */
export interface CounterSample {
  /** ms since the epoch. */
  readonly at: number
  /** Time since the ready task that waited longest was due, ms; null: no task was ready, or a worker had looked just before. */
  readonly oldestReady: number | null
  readonly stats: QueueStats
  /** Length of the intervals in each of which there is a sample while tasks end, ms. Absent: a minute. */
  readonly interval?: number
}

/** A queue as it was seen once in an interval. */
export interface QueueSample extends QueueSizes, CounterSample {}

/** One interval of a series. */
export interface StoredPoint {
  /** Begin of the interval, ms since the epoch. */
  readonly at: number
  readonly counts: RunCounts
  /** Of a whole queue only; null: nobody has looked in that interval. */
  readonly sample: QueueSample | null
}

export interface StoredSeriesQuery {
  /** Jobs, each of which gets a series; null: the whole queue. */
  readonly jobs: readonly (string | null)[]
  readonly step: SeriesStep
  /** The first and the last interval, ms since the epoch. */
  readonly from: number
  readonly to: number
  /** Whether somebody goes on looking, so that workers tell more often for a while. */
  readonly isWatching: boolean
}

/** What a job has done since the queue was first used. It never becomes less. */
export interface JobTotals {
  readonly job: string
  readonly counts: RunCounts
  /** When a task of it succeeded last, ms since the epoch; null: none has. */
  readonly lastSuccess: number | null
}
