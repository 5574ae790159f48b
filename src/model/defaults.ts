/** Priority of a task for which neither the caller nor the job names one. */
export const DEFAULT_PRIORITY = 4

/** Queue of an app that names none. */
export const DEFAULT_QUEUE = 'pulsarqueue'

/** Time that the record of a task stays after a success or a revocation by a caller, ms: an hour. */
export const DEFAULT_RESULT_TTL = 3_600_000

/** Time that the record of a failed task stays, ms: seven days. */
export const DEFAULT_FAILURE_TTL = 604_800_000
