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
  ) {
    super(`the dashboard expected ${expected}, got ${received}`)
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
 * The store has no task or schedule of the name that an operator asked for. Nothing was done.
 *
 * @remarks Look it up: `pq find` shows tasks, `pq schedules` the periodic jobs. Records of ended tasks expire.
 */
export class NotFoundError extends PulsarError {
  readonly code = 'PQ_NOT_FOUND'
  constructor(
    /** What was asked for: `task`, `schedule`. */
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
 * `pq dashboard` cannot listen at its address. `cause` is the error of Node.
 *
 * @remarks Give `--bind` a free port of this machine.
 */
export class DashboardBindError extends PulsarError {
  readonly code = 'PQ_DASHBOARD_BIND'
  constructor(
    /** The address, `host:port`. */
    readonly address: string,
    cause: unknown,
  ) {
    super(`cannot serve the dashboard at ${address}: ${bindProblem(cause, '--bind')}`, { cause })
  }
}
