/** The states of a task. The numbers are the wire format and match the original's. */
export const TaskState = { SUCCESS: 1, FAILURE: 2, REVOKED: 3, RETRY: 4, STARTED: 5, QUEUED: 6 } as const
export type TaskState = (typeof TaskState)[keyof typeof TaskState]

export const { SUCCESS, FAILURE, REVOKED, RETRY, STARTED, QUEUED } = TaskState

/** A state that a task can end in. */
export type FinalState = typeof SUCCESS | typeof FAILURE | typeof REVOKED

/** States in which the task ran to an end of its own. */
export const FULL_RUN_STATES: ReadonlySet<TaskState> = new Set([SUCCESS, FAILURE])
/** States in which the task is over. */
export const READY_STATES: ReadonlySet<TaskState> = new Set([SUCCESS, FAILURE, REVOKED])
/** States that carry an exception. */
export const EXCEPTION_STATES: ReadonlySet<TaskState> = new Set([FAILURE, REVOKED])
/** States in which the task is still to end. */
export const UNREADY_STATES: ReadonlySet<TaskState> = new Set([RETRY, STARTED, QUEUED])

const NAMES = new Map<number, string>(Object.entries(TaskState).map(([name, value]) => [value, name]))

/** The name of a state: `'SUCCESS'` for 1, and `'UNKNOWN'` for a number that is none. */
export function statusString(status: number): string {
  return NAMES.get(status) ?? 'UNKNOWN'
}
