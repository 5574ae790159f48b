import type { Explanation, JobFigures, TaskDetails } from '../operate/looks.js'

/** Members of a task that hold what users wrote. They come as JSON texts: a parser of a browser would change long numbers. */
export type PayloadName = 'args' | 'result' | 'meta' | 'progress' | 'runInfo' | 'details'

/** What the page of one task gets. */
export interface TaskAnswer {
  readonly task: Omit<TaskDetails, PayloadName>
  /** A payload that the viewer may not see, or that is not there, is null. */
  readonly payloads: Readonly<Record<PayloadName, string | null>>
  readonly explanation: Explanation
}

/** What a page of the audit log gets. */
export interface Page<T> {
  readonly rows: readonly T[]
  readonly cursor: string | null
}

/** A job, as this process or the workers know it. */
export interface JobOverview {
  readonly name: string
  /** How it runs: `asyncio`, `thread`, ...; null: this process does not know it. */
  readonly concurrency: string | null
  /** Names of its arguments; null: unknown. */
  readonly parameters: readonly string[] | null
  readonly doc: string | null
  /** Number of workers that say that they know it. */
  readonly workers: number
  /** What it has done in the last hour, by queue. */
  readonly figures: readonly JobFigures[]
}
