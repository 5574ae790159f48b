import type { Duration } from '../model/duration.js'
import type { TaskSummary } from './looks.js'

/** The acts on tasks. */
export type ActName = 'retry' | 'revoke' | 'run-now' | 'move' | 'drop' | 'prioritize'

/** What an act would change. Nothing is changed yet. */
export interface Plan {
  readonly act: ActName
  /** As it was given. */
  readonly filter: string
  /** Number of tasks that the act would take. */
  readonly count: number
  /** Some of them. */
  readonly sample: readonly TaskSummary[]
  /** How many there are of each job, the most first. */
  readonly byJob: readonly { readonly job: string; readonly count: number }[]
  /** When the oldest of them was queued, ms since the epoch; null: there is none. */
  readonly oldest: number | null
  /** Number of tasks that were looked at. */
  readonly looked: number
  /** Whether more tasks match than `max`, so that the plan has the first of them. */
  readonly isCut: boolean
}

/** Options of a plan. */
export interface PlanOptions {
  /**
   * Most tasks that the plan takes. Default: 1,000,000. Where it is given, tasks on which the act would change nothing are left out: those
   * that were retried already, and those that are where `to` says. So a plan that is made again has the next ones.
   */
  readonly max?: number | undefined
  /** What the act will be given: the queue of a move, or the priority of `prioritize`. */
  readonly to?: string | number | undefined
  /** Looks at all finished records, too, not just at those in the index of failed ones. */
  readonly deep?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined
}

/** How far a search is. */
export interface SearchProgress {
  /** Tasks that were looked at so far. */
  readonly looked: number
  /** Tasks that there are to look at. */
  readonly of: number
  /** Tasks that match so far. */
  readonly found: number
  /** Queues that could not be read, so that their tasks are missing. Absent: none. */
  readonly unread?: readonly string[]
}

/** Options of each act. */
export interface ActOptions {
  /** Why. It stands in the audit log. */
  readonly reason?: string | undefined
  /** Ends the act after the present chunk. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: ActProgress) => void) | undefined
  /** Default: this user and host. */
  readonly by?: string | undefined
  /** Default: `api`. */
  readonly from?: string | undefined
}

export interface RetryOptions extends ActOptions {
  /** The tasks become due one after another over this time. A duration (a number is **seconds**). Default: all at once. */
  readonly spread?: Duration | undefined
  /** Arguments that replace those of the tasks. They are merged: the others stay. */
  readonly args?: Readonly<Record<string, unknown>> | undefined
}

export interface DropOptions extends ActOptions {
  /**
   * Path of a new file that has each task, as a line of an export, on the disk before it is dropped: an import brings them back. Default:
   * none is written.
   */
  readonly file?: string | undefined
  /**
   * Gets each task before it is dropped, as a line of an export, and then a line with the ids of those that have stayed, as they were
   * elsewhere by then: `{ version, queue, kept }`. An import knows both. Default: nobody does.
   */
  readonly onExport?: ((line: string) => void | Promise<void>) | undefined
  /** Called before the tasks of the lines so far are dropped, and awaited: to bring the lines to a disk. Default: nothing. */
  readonly onExported?: (() => void | Promise<void>) | undefined
}

export interface ActProgress {
  readonly done: number
  readonly skipped: number
  readonly of: number
}

/** Why an act has passed by some tasks. */
export interface ActSkip {
  /** In a sentence on one of them. */
  readonly says: string
  readonly count: number
}

/** What an act has done. */
export interface ActResult {
  /** Name of the operation, as the audit log has it. */
  readonly operation: string
  readonly act: ActName
  /** Number of tasks that it has changed. */
  readonly done: number
  /** Number of tasks that were elsewhere by then: retried, started or over. */
  readonly skipped: number
  /** Why, where the store tells: the most frequent reason first. */
  readonly skips: readonly ActSkip[]
  /** Number of tasks that it has not come to, as it was aborted. The same filter takes them up. */
  readonly left: number
  /** Ids of new tasks: of the first hundred. */
  readonly created: readonly string[]
  /** File that has the tasks which were dropped, on the host that has carried the act out; null: none was written. */
  readonly file: string | null
}

/** Options of an import. */
export interface ImportOptions {
  /** Called after each chunk of tasks, with what was done so far. */
  readonly onProgress?: ((progress: ImportResult) => void) | undefined
}

/** Result of an import. */
export interface ImportResult {
  /** Tasks that wait now. */
  readonly imported: number
  /** Tasks whose id is known there already: they are left alone. */
  readonly known: number
  /** Tasks that were over when they were exported: their records are there now, and they do not run again. */
  readonly over: number
}
