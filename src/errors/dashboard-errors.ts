import { PulsarError } from './pulsar-error.js'
import { bindProblem } from './rpc-errors.js'

/**
 * The dashboard is asked to serve in a way that would let strangers in, or its `auth` is malformed.
 *
 * @remarks Give it `auth`, or bind it to 127.0.0.1.
 */
export class DashboardAuthError extends PulsarError {
  readonly code = 'PQ_DASHBOARD_AUTH'
  constructor(
    /** What would be right. */
    readonly expected: string,
    /** What came. */
    readonly received: string,
    /** Who expects it: `the dashboard`, `the server of the metrics`. */
    readonly by = 'the dashboard',
  ) {
    super(`${by} expected ${expected}, got ${received}`)
  }
}

/**
 * Nobody is logged in, or the password or token is another one.
 *
 * @remarks Log in, or send the token as `Authorization: Bearer ...`.
 */
export class UnauthorizedError extends PulsarError {
  readonly code = 'PQ_UNAUTHORIZED'
  constructor(
    /** Why, in a sentence. */
    readonly reason: string,
  ) {
    super(reason)
  }
}

/**
 * Too many attempts to log in have failed, from one address or in all. Who has logged in is not concerned.
 *
 * @remarks Wait for the time that `Retry-After` says. Where it was not you: somebody guesses passwords, so look at who reaches the dashboard.
 */
export class TooManyAttemptsError extends PulsarError {
  readonly code = 'PQ_TOO_MANY_ATTEMPTS'
  constructor(
    /** Time until the next attempt, ms. */
    readonly retryAfter: number,
  ) {
    super(`too many attempts to log in have failed; try again in ${String(Math.ceil(retryAfter / 1_000))} s`)
  }
}

/**
 * A visitor of the dashboard asked for what their role, or a read-only dashboard, does not allow.
 *
 * @remarks Log in as somebody who may, or act with `pq`.
 */
export class ForbiddenError extends PulsarError {
  readonly code = 'PQ_FORBIDDEN'
  constructor(
    /** Why, in a sentence. */
    readonly reason: string,
  ) {
    super(reason)
  }
}

/**
 * There is no task, schedule or worker of the name that an operator asked for, or they do not see it. Nothing was done.
 *
 * @remarks Look it up: `pq find` shows tasks, `pq schedules` the periodic jobs. Records of ended tasks expire.
 */
export class NotFoundError extends PulsarError {
  readonly code = 'PQ_NOT_FOUND'
  constructor(
    /** What was asked for: `task`, `schedule`, `worker`. */
    readonly kind: string,
    /** Its name or id. */
    readonly named: string,
    /** Why it may be missing, or what to do. */
    readonly hint: string,
  ) {
    super(`there is no ${kind} ${JSON.stringify(named)}; ${hint}`)
  }
}

/**
 * `pq dashboard`, or `pq metrics`, cannot listen at its address. `cause` is the error of Node.
 *
 * @remarks Give `--bind` a free port of this machine.
 */
export class DashboardBindError extends PulsarError {
  readonly code = 'PQ_DASHBOARD_BIND'
  constructor(
    /** The address, `host:port`. */
    readonly address: string,
    cause: unknown,
    /** What is served: `the dashboard`, `the metrics`. */
    readonly served = 'the dashboard',
  ) {
    super(`cannot serve ${served} at ${address}: ${bindProblem(cause, '--bind')}`, { cause })
  }
}
