import { PulsarError } from './pulsar-error.js'
import { errorMessage } from '../util/thrown.js'

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

/** A type of message that is malformed, taken, or known to nobody. */
export class MessageTypeError extends PulsarError {
  readonly code = 'PQ_MESSAGE_TYPE'
  constructor(
    /** The name of the type. */
    readonly type: string,
    expected: string,
  ) {
    super(`expected message type ${JSON.stringify(type)} to be ${expected}`)
  }
}

/** A job file that could not be loaded. */
export class JobLoadError extends PulsarError {
  readonly code = 'PQ_JOB_LOAD'
  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`cannot load the job file ${path}: ${errorMessage(cause)}`, { cause })
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
