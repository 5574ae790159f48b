import { KILL_AFTER } from '../processes/supervisor.js'

/** The signals that a server takes: two that stop it, and one that replaces its worker processes. */
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** After the grace period a worker has this long to release its tasks, ms. */
export const RELEASE_LIMIT = 8_000

/** After the grace period a supervisor has this long, ms: it outlives the kill of its worker processes. */
export const SUPERVISOR_LIMIT = KILL_AFTER + 5_000
