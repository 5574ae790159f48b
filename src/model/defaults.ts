/** Priority of a task for which neither the caller nor the job names one. */
export const DEFAULT_PRIORITY = 4

/** Queue of an app that does not name one. */
export const DEFAULT_QUEUE = 'pulsarqueue'

/** Time for which the record of a task is kept after a success or a revocation by a caller, ms: one hour. */
export const DEFAULT_RESULT_TTL = 3_600_000

/** Time for which the record of a failed task is kept, ms: seven days. */
export const DEFAULT_FAILURE_TTL = 604_800_000

/**
 * Time for which a task of an unknown job waits for a worker that knows it, such as one of another version, ms. It begins when a worker first
 * claims the task without knowing its job.
 */
export const UNKNOWN_JOB_GRACE = 600_000

/** Delay of a parked task, ms. It becomes due after that even if the worker that should promote it has died. */
export const PARKED_FOR = 600_000
