import type { Explanation, JobFigures, TaskDetails } from '../operate/looks.js'

/** Members of a task that hold what users wrote. They come as JSON texts: a parser of a browser would change long numbers. */
export type PayloadName = 'args' | 'result' | 'meta' | 'progress' | 'runInfo' | 'details'

/** What the page of one task gets. */
export interface TaskAnswer {
  readonly task: Omit<TaskDetails, PayloadName>
  /** A payload that the viewer may not see, or that is not there, is null. A long one is cut: its beginning is here. */
  readonly payloads: Readonly<Record<PayloadName, string | null>>
  /** Whole lengths of those that are cut, characters. `tasks/:id/payloads/:name` has all of one. */
  readonly cut: Readonly<Partial<Record<PayloadName, number>>>
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
  /** Its arguments with their types: `to: string`; null: unknown. */
  readonly parameters: readonly string[] | null
  readonly doc: string | null
  /** Number of workers that say that they know it. */
  readonly workers: number
  /** What it has done in the last hour, by queue. */
  readonly figures: readonly JobFigures[]
}

/**
 * How a form asks for an argument: `json` is a box for JSON. What the other kinds hold is text, and what `choice` offers is JSON.
 */
export type FieldKind = 'text' | 'number' | 'boolean' | 'choice' | 'json'

/** An argument of a job, as a form asks for it. */
export interface FormField {
  readonly name: string
  readonly isRequired: boolean
  readonly kind: FieldKind
  /** Its type in words: `a number`. Null: unknown, as without a manifest. */
  readonly type: string | null
  /** What a `choice` offers, as JSON. */
  readonly choices: readonly string[]
}

/** What a form needs to queue one task of a job. */
export interface JobForm {
  readonly job: string
  /** The doc comment of the job; '': it has none. */
  readonly doc: string
  /** Queue of the task, where the form names none. */
  readonly queue: string
  readonly fields: readonly FormField[]
  /** Whether it takes arguments of which nothing is known: the form has one box for all of them. */
  readonly takesOthers: boolean
}
