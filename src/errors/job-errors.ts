import { PulsarError } from './pulsar-error.js'
import { errorMessage } from '../util/thrown.js'

/**
 * No job has this name. Thrown when a task is queued, and then nothing is queued.
 *
 * @remarks Check the spelling, and that `taskPaths` or the manifest has the job.
 */
export class TaskNotAvailableError extends PulsarError {
  readonly code = 'PQ_TASK_NOT_AVAILABLE'
  constructor(
    /** The name that was asked for. */
    readonly job: string,
    /** The most similar name of a job; null: none is similar. */
    readonly nearest: string | null,
    hint = nearest === null ? 'check that taskPaths finds its file' : `did you mean ${JSON.stringify(nearest)}?`,
  ) {
    super(`no job is named ${JSON.stringify(job)}; ${hint}`)
  }
}

/**
 * Two jobs have the same name. Thrown when the second is defined.
 *
 * @remarks Name one of them: `@Job({ name: '...' })`.
 */
export class DuplicateJobError extends PulsarError {
  readonly code = 'PQ_DUPLICATE_JOB'
  constructor(
    /** Name of the jobs. */
    readonly job: string,
    /** Files that define them. */
    readonly files: readonly [string, string],
  ) {
    super(
      `two jobs are named ${JSON.stringify(job)}: one in ${files[0]}, one in ${files[1]}; give one of them @Job({ name: '...' })`,
    )
  }
}

/**
 * A job class, a job's options or its `run` cannot work. Thrown when the job is defined or loaded, or when the app starts.
 *
 * @remarks Change the job as the message says.
 */
export class JobDefinitionError extends PulsarError {
  readonly code = 'PQ_JOB_DEFINITION'
  constructor(
    /** Name of the class or the job. */
    readonly job: string,
    reason: string,
  ) {
    super(`job ${job}: ${reason}`)
  }
}

/**
 * A type of message is malformed, has two classes, or has no class or consumer in this process.
 *
 * @remarks Give each class a `@MessageType` of its own, import it where it is used, and list its consumer in `consumers`.
 */
export class MessageTypeError extends PulsarError {
  readonly code = 'PQ_MESSAGE_TYPE'
  constructor(
    /** Name of the type. */
    readonly type: string,
    expected: string,
  ) {
    super(`expected message type ${JSON.stringify(type)} to be ${expected}`)
  }
}

/**
 * A job file threw while it was loaded, or a thread or child process could not load the jobs. `cause` is the error.
 *
 * @remarks Correct the file. `node <file>` shows whether it loads by itself.
 */
export class JobLoadError extends PulsarError {
  readonly code = 'PQ_JOB_LOAD'
  constructor(
    /** Path of the file. */
    readonly path: string,
    cause: unknown,
  ) {
    super(`cannot load the job file ${path}: ${errorMessage(cause)}`, { cause })
  }
}

/**
 * The manifest differs from the code of the jobs. Thrown when the app starts.
 *
 * @remarks Run `pq generate`, and compile what it wrote. `pq generate --check` finds this in CI.
 */
export class ManifestMismatchError extends PulsarError {
  readonly code = 'PQ_MANIFEST_MISMATCH'
  constructor(
    /** Name of the job. */
    readonly job: string,
    difference: string,
    /** Path of the file that the manifest was found in; null where the setting `manifest` names it. */
    readonly path: string | null = null,
  ) {
    const manifest = path === null ? 'the manifest' : `the manifest in ${path}`
    super(`${manifest} and the code disagree about job ${job}: ${difference}; run \`pq generate\``)
  }
}

/**
 * The container cannot build a class: a constructor parameter has no binding or no metadata, or the constructor threw.
 *
 * @remarks Register the missing class, or list the parameters in `@Job({ inject: [...] })`.
 */
export class InjectionError extends PulsarError {
  readonly code = 'PQ_INJECTION'
  constructor(
    /** The class or token that was asked for. */
    readonly target: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`cannot build ${target}: ${reason}`, options)
  }
}

/**
 * A job of the library needs an interpreter that is not on the PATH of its worker. The task fails with it.
 *
 * @remarks Install the interpreter on the worker's machine, or start the worker with its directory in PATH.
 */
export class InterpreterMissingError extends PulsarError {
  readonly code = 'PQ_INTERPRETER'
  constructor(
    /** Name of the interpreter. */
    readonly interpreter: string,
    /** Programs that were looked for. */
    readonly programs: readonly string[],
  ) {
    super(
      `expected ${programs.join(' or ')} on the PATH of the worker, got none; install ${interpreter}, or start the worker with its directory in PATH`,
    )
  }
}

/**
 * `pq generate` cannot make a typed method of a job. The message begins with `file:line:column`.
 *
 * @remarks Change the source at that place.
 */
export class CodegenError extends PulsarError {
  readonly code = 'PQ_CODEGEN'
  constructor(
    /** Path of the file. */
    readonly file: string,
    /** Line, from 1. */
    readonly line: number,
    /** Column, from 1. */
    readonly column: number,
    reason: string,
  ) {
    super(`${file}:${String(line)}:${String(column)}: ${reason}`)
  }
}

/**
 * `pq generate` finds no TypeScript with a compiler API that it can use.
 *
 * @remarks Run `npm install --save-dev typescript@6` in the project.
 */
export class TypeScriptMissingError extends PulsarError {
  readonly code = 'PQ_TYPESCRIPT'
  constructor(found: string) {
    super(
      `expected TypeScript >=5.9 <7 with its compiler API in the project, but ${found}; run \`npm install --save-dev typescript@6\``,
    )
  }
}
