import type { Task } from './model/task.js'

/** Stable codes of everything this package throws. */
export type PulsarErrorCode =
  | 'PQ_INVALID_ARGUMENTS'
  | 'PQ_INVALID_OPTION'
  | 'PQ_INVALID_SETTING'
  | 'PQ_INVALID_DURATION'
  | 'PQ_INVALID_URL'
  | 'PQ_TASK_NOT_AVAILABLE'
  | 'PQ_DUPLICATE_JOB'
  | 'PQ_JOB_DEFINITION'
  | 'PQ_JOB_LOAD'
  | 'PQ_MANIFEST_MISMATCH'
  | 'PQ_INJECTION'
  | 'PQ_ALREADY_STARTED'
  | 'PQ_NOT_STARTED'
  | 'PQ_CLOSED'
  | 'PQ_SERIALIZATION'
  | 'PQ_DESERIALIZATION'
  | 'PQ_BROKER_UNREACHABLE'
  | 'PQ_BROKER_VERSION'
  | 'PQ_BROKER_FULL'
  | 'PQ_LAYOUT_VERSION'
  | 'PQ_EMBEDDED_DIRECTORY'
  | 'PQ_LEASE_LOST'
  | 'PQ_STALE_CALL'
  | 'PQ_WAIT_TIMEOUT'
  | 'PQ_DRAIN_TIMEOUT'
  | 'PQ_TASK_FAILED'
  | 'PQ_TASK_REVOKED'
  | 'PQ_TASK_ERROR'
  | 'PQ_TASK_ABORTED'
  | 'PQ_NON_RETRYABLE'
  | 'PQ_SHELL'
  | 'PQ_INTERPRETER'
  | 'PQ_INVALID_REQUEST'
  | 'PQ_RPC_BIND'
  | 'PQ_RESULT_EXPIRED'
  | 'PQ_TASK_LOST'
  | 'PQ_CODEGEN'
  | 'PQ_TYPESCRIPT'

/** Base of every error of this package. `code` is stable; the message may be reworded. */
export abstract class PulsarError extends Error {
  abstract readonly code: PulsarErrorCode
  override get name(): string {
    return this.constructor.name
  }
}

/** What a value came as, for messages: strings quoted and cut, classes by name. */
export function described(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `an array of ${String(value.length)}`
  const prototype: unknown = Object.getPrototypeOf(value)
  const maker: unknown = typeof prototype === 'object' && prototype !== null ? prototype.constructor : undefined
  return typeof maker === 'function' && maker !== Object ? `an instance of ${maker.name}` : 'an object'
}

/** An argument of a job that is missing, unknown or of the wrong type. Nothing was queued. */
export class InvalidArgumentsError extends PulsarError {
  readonly code = 'PQ_INVALID_ARGUMENTS'
  constructor(
    /** Job name. */
    readonly job: string,
    /** Name of the argument, with the path inside it: `to[0].address`. */
    readonly argument: string,
    /** What it must be. */
    readonly expected: string,
    /** What came. */
    readonly received: string,
    hint = '',
  ) {
    super(`${job}: expected argument ${argument} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/** An option of a call, such as `queue(job, args, { priority: 10 })`, that is unknown or malformed. */
export class InvalidOptionError extends PulsarError {
  readonly code = 'PQ_INVALID_OPTION'
  constructor(
    readonly option: string,
    readonly expected: string,
    readonly received: string,
    hint = '',
  ) {
    super(`expected option ${option} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/** A setting that is unknown or malformed. */
export class InvalidSettingError extends PulsarError {
  readonly code = 'PQ_INVALID_SETTING'
  constructor(
    readonly setting: string,
    readonly expected: string,
    readonly received: string,
    /** Where it was set: `command line`, `environment`, `constructor`, `config file`. */
    readonly source: string,
    hint = '',
  ) {
    super(`${source}: expected setting ${setting} to be ${expected}, got ${received}${hint === '' ? '' : `; ${hint}`}`)
  }
}

/** A duration that is neither seconds nor a string with its unit. */
export class InvalidDurationError extends PulsarError {
  readonly code = 'PQ_INVALID_DURATION'
  readonly received: string
  constructor(
    readonly option: string,
    received: unknown,
  ) {
    super(
      `expected ${option} to be a number of seconds or a string such as '250ms', '2s', '5m', '1h' or '7d', got ${described(received)}`,
    )
    this.received = described(received)
  }
}

/** A store URL that cannot be read, or whose scheme nobody registered. The URL in it has no password. */
export class InvalidUrlError extends PulsarError {
  readonly code = 'PQ_INVALID_URL'
  constructor(
    readonly url: string,
    readonly expected: string,
  ) {
    super(`expected a store URL such as ${expected}, got ${JSON.stringify(url)}`)
  }
}

/** No job of that name. */
export class TaskNotAvailableError extends PulsarError {
  readonly code = 'PQ_TASK_NOT_AVAILABLE'
  constructor(
    readonly job: string,
    /** The known name most like it; null when none is. */
    readonly nearest: string | null,
  ) {
    super(
      nearest === null
        ? `no job is named ${JSON.stringify(job)}; check that taskPaths finds its file`
        : `no job is named ${JSON.stringify(job)}; did you mean ${JSON.stringify(nearest)}?`,
    )
  }
}

/** Two jobs have one name. */
export class DuplicateJobError extends PulsarError {
  readonly code = 'PQ_DUPLICATE_JOB'
  constructor(
    readonly job: string,
    readonly files: readonly [string, string],
  ) {
    super(
      `two jobs are named ${JSON.stringify(job)}: one in ${files[0]}, one in ${files[1]}; give one of them @Job({ name: '...' })`,
    )
  }
}

/** A job class or its options that cannot work. */
export class JobDefinitionError extends PulsarError {
  readonly code = 'PQ_JOB_DEFINITION'
  constructor(
    /** Class or job name. */
    readonly job: string,
    reason: string,
  ) {
    super(`job ${job}: ${reason}`)
  }
}

/** A job file that could not be loaded. */
export class JobLoadError extends PulsarError {
  readonly code = 'PQ_JOB_LOAD'
  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`cannot load the job file ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** The manifest and the job code say different things. */
export class ManifestMismatchError extends PulsarError {
  readonly code = 'PQ_MANIFEST_MISMATCH'
  constructor(
    readonly job: string,
    difference: string,
  ) {
    super(`the manifest and the code disagree about job ${job}: ${difference}; run \`pq generate\``)
  }
}

/** Something that the container cannot build. */
export class InjectionError extends PulsarError {
  readonly code = 'PQ_INJECTION'
  constructor(
    /** Class or token that was asked for. */
    readonly target: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`cannot build ${target}: ${reason}`, options)
  }
}

/** Something that must be done before `start()`. */
export class AlreadyStartedError extends PulsarError {
  readonly code = 'PQ_ALREADY_STARTED'
  constructor(readonly action: string) {
    super(`${action} after start(); do it before`)
  }
}

/** Something that needs `start()` first. */
export class NotStartedError extends PulsarError {
  readonly code = 'PQ_NOT_STARTED'
  constructor(readonly action: string) {
    super(`${action} before start(); await start() first`)
  }
}

/** Something was asked of a part that is closed. */
export class ClosedError extends PulsarError {
  readonly code = 'PQ_CLOSED'
  constructor(readonly part: string) {
    super(`the ${part} is closed`)
  }
}

/** A value that cannot be carried. */
export class SerializationError extends PulsarError {
  readonly code = 'PQ_SERIALIZATION'
  constructor(
    /** Where it is: `args.items[3].callback`. */
    readonly path: string,
    /** What it is. */
    readonly received: string,
    /** Why that cannot be carried. */
    readonly reason = 'cannot be serialized',
  ) {
    super(`${path === '' ? 'the value' : path} is ${received}, which ${reason}`)
  }
}

/** Bytes that no serializer of this package wrote. */
export class DeserializationError extends PulsarError {
  readonly code = 'PQ_DESERIALIZATION'
}

/** The store did not answer. Nothing is known to be lost: a call that was cut off may be repeated under its id. */
export class BrokerUnreachableError extends PulsarError {
  readonly code = 'PQ_BROKER_UNREACHABLE'
  constructor(
    /** Without password. */
    readonly address: string,
    /** ms waited. */
    readonly waited: number,
    cause?: unknown,
  ) {
    super(
      `cannot reach ${address} within ${String(waited / 1_000)} s${cause instanceof Error ? `: ${cause.message}` : ''}; check that it runs and that the address is right`,
      { cause },
    )
  }
}

/** A store that is too old. */
export class BrokerVersionError extends PulsarError {
  readonly code = 'PQ_BROKER_VERSION'
  constructor(
    readonly address: string,
    readonly found: string,
    readonly required: string,
  ) {
    super(`${address} is version ${found}, and pulsar-queue needs ${required} or newer`)
  }
}

/** The store refuses to take more. Nothing was queued; what is queued still drains. */
export class BrokerFullError extends PulsarError {
  readonly code = 'PQ_BROKER_FULL'
  constructor(
    readonly address: string,
    reason: string,
  ) {
    super(`${address} takes no more tasks: ${reason}`)
  }
}

/** Data of another version of this package lies where the broker was opened. */
export class LayoutVersionError extends PulsarError {
  readonly code = 'PQ_LAYOUT_VERSION'
  constructor(
    /** Where: a path, or an address and a queue. */
    readonly place: string,
    readonly found: string,
    readonly expected: string,
  ) {
    super(
      `${place} holds data of layout ${found}, and this version of pulsar-queue reads layout ${expected}; drain it with the version that wrote it, or use another place`,
    )
  }
}

/** A directory for the embedded broker that cannot be made, read or written. */
export class EmbeddedDirectoryError extends PulsarError {
  readonly code = 'PQ_EMBEDDED_DIRECTORY'
  constructor(
    readonly path: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`cannot use ${path} for the embedded broker: ${reason}`, options)
  }
}

/** A worker's lease ran out. */
export class LeaseLostError extends PulsarError {
  readonly code = 'PQ_LEASE_LOST'
  constructor(
    readonly queue: string,
    readonly worker: string,
  ) {
    super(`worker ${worker} holds no lease on queue ${queue}; it must join anew`)
  }
}

/** A call of a lane that is older than its last. */
export class StaleCallError extends PulsarError {
  readonly code = 'PQ_STALE_CALL'
  constructor(
    readonly queue: string,
    readonly worker: string,
    readonly seq: number,
  ) {
    super(`call ${String(seq)} of worker ${worker} on queue ${queue} is older than its last`)
  }
}

/** A wait took longer than its timeout. The task goes on. */
export class WaitTimeoutError extends PulsarError {
  readonly code = 'PQ_WAIT_TIMEOUT'
  constructor(
    readonly id: string,
    /** ms waited. */
    readonly waited: number,
  ) {
    super(`task ${id} was not over after ${String(waited / 1_000)} s; it goes on`)
  }
}

/** A test app's queues were not drained in time: a job hangs, or waits for something that nobody brings about. */
export class DrainTimeoutError extends PulsarError {
  readonly code = 'PQ_DRAIN_TIMEOUT'
  constructor(
    /** ms that were allowed. */
    readonly timeout: number,
    /** The tasks that still ran, as `task.name<id><STARTED>`. */
    readonly running: readonly string[],
  ) {
    const what = running.length === 0 ? 'no task was running' : `still running: ${running.join(', ')}`
    super(`the queues were not drained after ${String(timeout / 1_000)} s; ${what}`)
  }
}

/** A finished task's record was there once and has expired. */
export class ResultExpiredError extends PulsarError {
  readonly code = 'PQ_RESULT_EXPIRED'
  constructor(readonly id: string) {
    super(`the result of task ${id} has expired; raise the job's resultTtl or ask sooner`)
  }
}

/** A task ended as FAILURE. The message is that of its exception. */
export class TaskFailedError<T = unknown> extends PulsarError {
  readonly code = 'PQ_TASK_FAILED'
  constructor(readonly task: Task<T>) {
    super(task.exception ?? `task ${task.id} failed`)
  }
}

/** A task ended as REVOKED: revoked by a caller, timed out, or expired before it started. */
export class TaskRevokedError<T = unknown> extends PulsarError {
  readonly code = 'PQ_TASK_REVOKED'
  constructor(readonly task: Task<T>) {
    super(task.exception ?? `task ${task.id} was revoked`)
  }
}

/** A task that was queued is neither live nor recorded: flushed, or lost with the store's data. */
export class TaskLostError extends PulsarError {
  readonly code = 'PQ_TASK_LOST'
  constructor(readonly id: string) {
    super(`task ${id} is neither live nor recorded; its queue was flushed, or the store lost data`)
  }
}

/** Thrown by a job for a failure it has handled: the task fails, or is retried, and no stack is logged. */
export class TaskError extends PulsarError {
  readonly code: 'PQ_TASK_ERROR' | 'PQ_NON_RETRYABLE' = 'PQ_TASK_ERROR'
}

/** Thrown by a job to end its task as FAILURE without retries. */
export class NonRetryableError extends TaskError {
  override readonly code = 'PQ_NON_RETRYABLE'
}

/** Reason of a job's `signal` when its run must stop: what comes of it no longer counts. */
export class TaskAbortedError extends PulsarError {
  readonly code = 'PQ_TASK_ABORTED'
  constructor(
    readonly id: string,
    readonly why: 'timeout' | 'revoked' | 'lease-lost' | 'shutdown',
  ) {
    super(ABORT_MESSAGES[why])
  }
}

const ABORT_MESSAGES = {
  timeout: 'the run took longer than its timeout',
  revoked: 'the task was revoked',
  'lease-lost': 'the lease on the task was lost; it runs elsewhere',
  shutdown: 'the worker stops',
} as const

/** A shell command that did not end with exit code 0, or could not be started. */
export class ShellError extends PulsarError {
  readonly code = 'PQ_SHELL'
  constructor(
    readonly command: string,
    /** null when a signal ended it, or it never started. */
    readonly exitCode: number | null,
    /** The signal that ended it; null when none did. */
    readonly signal: string | null,
    /** What it had written until then. */
    readonly stdout: string,
    /** The last of what it had written until then. */
    readonly stderr: string,
    /** Why it failed, where neither exit code nor signal tells. */
    reason: string | null = null,
  ) {
    const how = reason ?? `ended with ${signal ?? `exit code ${String(exitCode)}`}`
    const said = stderr.trim().slice(-2_000)
    super(`the command ${described(command)} ${how}${said === '' ? '' : `: ${said}`}`)
  }
}

/** A job needs an interpreter that is not on the PATH of its worker. */
export class InterpreterMissingError extends PulsarError {
  readonly code = 'PQ_INTERPRETER'
  constructor(
    readonly interpreter: string,
    /** Programs that were looked for. */
    readonly programs: readonly string[],
  ) {
    super(
      `expected ${programs.join(' or ')} on the PATH of the worker, found neither; install ${interpreter}, or start the worker with its directory in PATH`,
    )
  }
}

/** A message that is no request of JSON-RPC 2.0. */
export class InvalidRequestError extends PulsarError {
  readonly code = 'PQ_INVALID_REQUEST'
  constructor(readonly expected: string) {
    super(`expected the request to be ${expected}`)
  }
}

/** The address of the setting `rpcBind` cannot be listened on. */
export class RpcBindError extends PulsarError {
  readonly code = 'PQ_RPC_BIND'
  constructor(
    /** `host:port` */
    readonly address: string,
    cause: unknown,
  ) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const [reason, fix] = BIND_PROBLEMS[code] ?? [String(cause), 'set rpcBind to an address of this machine']
    super(`cannot serve JSON-RPC at ${address}: ${reason}; ${fix}`, { cause })
  }
}

const BIND_PROBLEMS: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: [
    'another program listens there',
    'end that one, or set rpcBind to another port; one node has one listener, so a second node needs a port of its own',
  ],
  EACCES: ['this user may not', 'set rpcBind to a port of 1024 or more'],
  EADDRNOTAVAIL: ['this machine has no such address', 'set rpcBind to one of its own, or to 127.0.0.1'],
  ENOTFOUND: ['nobody knows that name', 'set rpcBind to an address of this machine, such as 127.0.0.1'],
}

/** Source that `pq generate` cannot make a client of. */
export class CodegenError extends PulsarError {
  readonly code = 'PQ_CODEGEN'
  constructor(
    readonly file: string,
    /** From 1. */
    readonly line: number,
    /** From 1. */
    readonly column: number,
    reason: string,
  ) {
    super(`${file}:${String(line)}:${String(column)}: ${reason}`)
  }
}

/** `pq generate` has no TypeScript that it can read jobs with. */
export class TypeScriptMissingError extends PulsarError {
  readonly code = 'PQ_TYPESCRIPT'
  constructor(found: string) {
    super(
      `expected TypeScript >=5.9 <7 with its compiler API in the project, but ${found}; run \`npm install --save-dev typescript@6\``,
    )
  }
}

/** Every error of this package. */
export type AnyPulsarError =
  | InvalidArgumentsError
  | InvalidOptionError
  | InvalidSettingError
  | InvalidDurationError
  | InvalidUrlError
  | TaskNotAvailableError
  | DuplicateJobError
  | JobDefinitionError
  | JobLoadError
  | ManifestMismatchError
  | InjectionError
  | AlreadyStartedError
  | NotStartedError
  | ClosedError
  | SerializationError
  | DeserializationError
  | BrokerUnreachableError
  | BrokerVersionError
  | BrokerFullError
  | LayoutVersionError
  | EmbeddedDirectoryError
  | LeaseLostError
  | StaleCallError
  | WaitTimeoutError
  | DrainTimeoutError
  | ShellError
  | InterpreterMissingError
  | InvalidRequestError
  | RpcBindError
  | ResultExpiredError
  | TaskFailedError
  | TaskRevokedError
  | TaskLostError
  | TaskError
  | NonRetryableError
  | TaskAbortedError
  | CodegenError
  | TypeScriptMissingError

/** The errors of one code. */
export type ErrorOfCode<C extends PulsarErrorCode> = AnyPulsarError & { readonly code: C }

/** Narrows to this package's errors, of one code if given. Works across copies of the package. */
export function isPulsarError<C extends PulsarErrorCode = PulsarErrorCode>(
  error: unknown,
  code?: C,
): error is ErrorOfCode<C> {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false
  return code === undefined ? error.code.startsWith('PQ_') : error.code === code
}
