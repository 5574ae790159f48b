/** The code of every error that this package throws. Codes are stable. */
export type PulsarErrorCode =
  | 'PQ_INVALID_ARGUMENTS'
  | 'PQ_INVALID_OPTION'
  | 'PQ_INVALID_SETTING'
  | 'PQ_INVALID_DURATION'
  | 'PQ_INVALID_URL'
  | 'PQ_INVALID_FILTER'
  | 'PQ_TASK_NOT_AVAILABLE'
  | 'PQ_DUPLICATE_JOB'
  | 'PQ_MESSAGE_TYPE'
  | 'PQ_JOB_DEFINITION'
  | 'PQ_JOB_LOAD'
  | 'PQ_MANIFEST_MISMATCH'
  | 'PQ_INJECTION'
  | 'PQ_ALREADY_STARTED'
  | 'PQ_SEVERAL_APPS'
  | 'PQ_TELEMETRY_MISSING'
  | 'PQ_BUNDLED'
  | 'PQ_NOT_STARTED'
  | 'PQ_CLOSED'
  | 'PQ_SERIALIZATION'
  | 'PQ_DESERIALIZATION'
  | 'PQ_BROKER_UNREACHABLE'
  | 'PQ_BROKER_VERSION'
  | 'PQ_SQLITE_MISSING'
  | 'PQ_BROKER_FULL'
  | 'PQ_NOT_DURABLE'
  | 'PQ_KEY_TYPE'
  | 'PQ_LAYOUT_VERSION'
  | 'PQ_EMBEDDED_DIRECTORY'
  | 'PQ_LEASE_LOST'
  | 'PQ_STALE_CALL'
  | 'PQ_NOT_KEPT'
  | 'PQ_NOT_MEASURED'
  | 'PQ_WORKER_ORDER'
  | 'PQ_HISTORY_CHANGED'
  | 'PQ_ID_IN_USE'
  | 'PQ_WAIT_TIMEOUT'
  | 'PQ_LOCK_TIMEOUT'
  | 'PQ_DRAIN_TIMEOUT'
  | 'PQ_TASK_FAILED'
  | 'PQ_TASK_REVOKED'
  | 'PQ_TASK_ERROR'
  | 'PQ_TASK_ABORTED'
  | 'PQ_RUN_OVER'
  | 'PQ_NON_RETRYABLE'
  | 'PQ_SHELL'
  | 'PQ_INTERPRETER'
  | 'PQ_INVALID_REQUEST'
  | 'PQ_RPC_AUTH'
  | 'PQ_RPC_BIND'
  | 'PQ_DASHBOARD_AUTH'
  | 'PQ_DASHBOARD_BIND'
  | 'PQ_UNAUTHORIZED'
  | 'PQ_TOO_MANY_ATTEMPTS'
  | 'PQ_FORBIDDEN'
  | 'PQ_NOT_FOUND'
  | 'PQ_RESULT_EXPIRED'
  | 'PQ_TASK_LOST'
  | 'PQ_CODEGEN'
  | 'PQ_TYPESCRIPT'

/** Base class of every error of this package. `code` is stable; messages may change. */
export abstract class PulsarError extends Error {
  abstract readonly code: PulsarErrorCode
}

// Not as an accessor of the class: a subclass may set `this.name`, or declare it as a field.
Object.defineProperty(PulsarError.prototype, 'name', {
  configurable: true,
  get(this: PulsarError) {
    return this.constructor.name
  },
  set(this: PulsarError, value: unknown) {
    Object.defineProperty(this, 'name', { configurable: true, writable: true, value })
  },
})

/** A value in a few words, for messages: a string quoted and cut, a class by its name. */
export function described(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    if (Array.isArray(value)) return `an array of ${String(value.length)}`
    const prototype: unknown = Object.getPrototypeOf(value)
    const maker: unknown = typeof prototype === 'object' && prototype !== null ? prototype.constructor : undefined
    return typeof maker === 'function' && maker !== Object ? `an instance of ${maker.name}` : 'an object'
  } catch {
    // A trap of a Proxy may throw, and one that is revoked always does.
    return 'an object'
  }
}
