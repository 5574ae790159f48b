import type { ListedState } from '../stores/operations-store.js'
import type { SearchProgress } from './acts.js'
import type { TaskSummary } from './looks.js'

/** Which tasks to list. */
export interface ListQuery {
  readonly queue: string
  readonly state: ListedState
}

export interface ListOptions {
  /** Most tasks of the page, 1 to 500. Default 50. */
  readonly limit?: number | undefined
  /** That of the page before. Default: the first page. */
  readonly cursor?: string | null | undefined
}

/** Options of a search. */
export interface SearchOptions {
  /** Looks at all finished records, too, not just at those in the index of failed ones. Default: only where `state:` asks for them. */
  readonly deep?: boolean | undefined
  /** Most tasks that are found. Default: no limit. */
  readonly limit?: number | undefined
  /** Ends the search; the loop ends with what was found so far. */
  readonly signal?: AbortSignal | undefined
}

export interface ExportOptions extends SearchOptions {
  /** Exports what `redact` hides, too: needed where the tasks are to be imported. Default false. */
  readonly whole?: boolean | undefined
}

/** A search that goes on while its loop asks for more. It can be looped over once. */
export interface TaskSearch extends AsyncIterable<TaskSummary> {
  readonly progress: SearchProgress
}
