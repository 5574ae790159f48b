import type { Event } from '../history/event.js'
import type { EndState, Rules } from './end-state.js'
import type { TaskHistory } from './task-history.js'
import { tasksOf } from './task-history.js'

/** What the checker judges: a history, the end of it in the store, and the rules of the run. */
export interface Case {
  readonly events: readonly Event[]
  readonly tasks: ReadonlyMap<string, TaskHistory>
  readonly end: EndState
  readonly rules: Rules
}

export function caseOf(events: readonly Event[], end: EndState, rules: Rules): Case {
  return { events, tasks: tasksOf(events), end, rules }
}
