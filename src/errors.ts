import type {
  DashboardAuthError,
  DashboardBindError,
  ForbiddenError,
  NotFoundError,
  UnauthorizedError,
  TooManyAttemptsError,
} from './errors/dashboard-errors.js'
import type { InvalidRequestError, RpcAuthError, RpcBindError } from './errors/rpc-errors.js'
import type {
  InvalidArgumentsError,
  InvalidOptionError,
  InvalidSettingError,
  InvalidDurationError,
  InvalidUrlError,
  InvalidFilterError,
} from './errors/input-errors.js'
import type {
  TaskNotAvailableError,
  DuplicateJobError,
  MessageTypeError,
  JobDefinitionError,
  JobLoadError,
  ManifestMismatchError,
  InjectionError,
  InterpreterMissingError,
  CodegenError,
  TypeScriptMissingError,
} from './errors/job-errors.js'
import type {
  AlreadyStartedError,
  BundledError,
  NotStartedError,
  ClosedError,
  SeveralAppsError,
  TelemetryMissingError,
} from './errors/app-errors.js'
import type {
  SerializationError,
  DeserializationError,
  BrokerUnreachableError,
  BrokerVersionError,
  SqliteMissingError,
  BrokerFullError,
  DurabilityError,
  KeyTypeError,
  LayoutVersionError,
  EmbeddedDirectoryError,
  LeaseLostError,
  StaleCallError,
  NotKeptError,
  NotMeasuredError,
  WorkerOrderError,
  HistoryChangedError,
} from './errors/store-errors.js'
import type {
  IdInUseError,
  WaitTimeoutError,
  DrainTimeoutError,
  LockTimeoutError,
  ResultExpiredError,
  TaskFailedError,
  TaskRevokedError,
  TaskLostError,
  TaskError,
  NonRetryableError,
  TaskAbortedError,
  RunOverError,
  ShellError,
} from './errors/task-errors.js'
import type { PulsarErrorCode } from './errors/pulsar-error.js'
import { isError, member } from './util/thrown.js'

export * from './errors/pulsar-error.js'
export * from './errors/input-errors.js'
export * from './errors/job-errors.js'
export * from './errors/app-errors.js'
export * from './errors/dashboard-errors.js'
export * from './errors/rpc-errors.js'
export * from './errors/store-errors.js'
export * from './errors/task-errors.js'

/** Any error of this package. */
export type AnyPulsarError =
  | InvalidArgumentsError
  | InvalidOptionError
  | InvalidSettingError
  | InvalidDurationError
  | InvalidUrlError
  | InvalidFilterError
  | TaskNotAvailableError
  | DuplicateJobError
  | MessageTypeError
  | JobDefinitionError
  | JobLoadError
  | ManifestMismatchError
  | InjectionError
  | AlreadyStartedError
  | SeveralAppsError
  | TelemetryMissingError
  | BundledError
  | NotStartedError
  | ClosedError
  | SerializationError
  | DeserializationError
  | BrokerUnreachableError
  | BrokerVersionError
  | SqliteMissingError
  | BrokerFullError
  | DurabilityError
  | KeyTypeError
  | LayoutVersionError
  | EmbeddedDirectoryError
  | LeaseLostError
  | LockTimeoutError
  | StaleCallError
  | NotKeptError
  | NotMeasuredError
  | WorkerOrderError
  | HistoryChangedError
  | IdInUseError
  | WaitTimeoutError
  | DrainTimeoutError
  | ShellError
  | InterpreterMissingError
  | InvalidRequestError
  | RpcAuthError
  | RpcBindError
  | DashboardAuthError
  | DashboardBindError
  | UnauthorizedError
  | TooManyAttemptsError
  | ForbiddenError
  | NotFoundError
  | ResultExpiredError
  | TaskFailedError
  | TaskRevokedError
  | TaskLostError
  | TaskError
  | NonRetryableError
  | TaskAbortedError
  | RunOverError
  | CodegenError
  | TypeScriptMissingError

/** The errors with a code. */
export type ErrorOfCode<C extends PulsarErrorCode> = AnyPulsarError & { readonly code: C }

/** Whether a value is an error of this package, with the given code if one is given. Works across copies of the package. */
export function isPulsarError<C extends PulsarErrorCode = PulsarErrorCode>(
  error: unknown,
  code?: C,
): error is ErrorOfCode<C> {
  const own = isError(error) ? member(error, 'code') : undefined
  if (typeof own !== 'string') return false
  return code === undefined ? own.startsWith('PQ_') : own === code
}
