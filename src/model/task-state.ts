/** The states of a task. The numbers go over the wire, and are those of the Python project. */
export const TaskState = { SUCCESS: 1, FAILURE: 2, REVOKED: 3, RETRY: 4, STARTED: 5, QUEUED: 6 } as const
export type TaskState = (typeof TaskState)[keyof typeof TaskState]

export const { SUCCESS, FAILURE, REVOKED, RETRY, STARTED, QUEUED } = TaskState

/** A state in which a task can end. */
export type FinalState = typeof SUCCESS | typeof FAILURE | typeof REVOKED

/** States of a task that ran to its end. */
export const FULL_RUN_STATES: ReadonlySet<TaskState> = new Set([SUCCESS, FAILURE])
/** States of a task that is over. */
export const READY_STATES: ReadonlySet<TaskState> = new Set([SUCCESS, FAILURE, REVOKED])
/** States of a task that has an exception. */
export const EXCEPTION_STATES: ReadonlySet<TaskState> = new Set([FAILURE, REVOKED])
/** States of a task that is not over. */
export const UNREADY_STATES: ReadonlySet<TaskState> = new Set([RETRY, STARTED, QUEUED])

const NAMES = new Map<number, string>(Object.entries(TaskState).map(([name, value]) => [value, name]))

/** The name of a state: `'SUCCESS'` for 1. Any number that is not a state gives `'UNKNOWN'`. */
export function statusString(status: number): string {
  return NAMES.get(status) ?? 'UNKNOWN'
}

/** The state that {@link statusString} names so; null: none. */
export function stateOf(name: unknown): TaskState | null {
  return typeof name === 'string' && Object.hasOwn(TaskState, name) ? TaskState[name as keyof typeof TaskState] : null
}
