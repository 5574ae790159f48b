import { InvalidOptionError, TaskNotAvailableError, described } from '../../errors.js'
import type { ConcurrencyName } from '../../model/concurrency.js'
import type { ParameterManifest } from '../../model/manifest.js'
import { nearest } from '../../util/nearest.js'
import { registeredJob, registeredJobs } from '../define/registry.js'

/** The facts of a job that a producer needs, from its code or from a manifest. Durations in ms. */
export interface JobDescription {
  readonly name: string
  readonly type: 'regular' | 'periodic'
  readonly concurrency: ConcurrencyName
  /** The doc comment of the job; empty where it has none. */
  readonly doc: string
  readonly parameters: readonly ParameterManifest[]
  /** Whether it takes arguments that `parameters` does not name: those of a DTO of which only its class knows the members. Absent: no */
  readonly takesOthers?: boolean
  readonly defaultQueue: string | null
  readonly priority: number
  /** Members of payloads that operators do not see. Absent: none. */
  readonly redact?: readonly string[]

  /**
   * Checks the arguments of a call.
   *
   * @param args - the arguments by name
   * @returns the arguments that go on the wire: all but the undefined ones
   * @throws {@link InvalidArgumentsError}
   */
  checkArguments(
    args: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>

  /** @returns the arguments of a caller that has JSON alone, where the manifest tells their types */
  fromJson(args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>

  /** Names the arguments of a call by position. @throws {@link InvalidArgumentsError} when there are too many */
  nameArguments(args: readonly unknown[]): Readonly<Record<string, unknown>>
}

/** The jobs that a producer knows. */
export interface JobCatalogue {
  /** @throws {@link TaskNotAvailableError} with the nearest name */
  describe(name: string): JobDescription
  /** The name of a registered job class or `defineJob` value. @throws {@link TaskNotAvailableError} */
  nameOf(job: object): string
  /** In alphabetical order. */
  names(): readonly string[]
}

/** What a call can name as its job, as errors say it. */
export const JOB_RULE = "a job's name, its class, or what defineJob gave"

/** The error for a name that no job has. It suggests the most similar known name. */
export function notAvailable(name: string, names: readonly string[]): TaskNotAvailableError {
  return new TaskNotAvailableError(name, nearest(name, names))
}

/** The error for a name that no job of an app has. The program may have defined such a job where the app does not look. */
export function notInApp(name: string, names: readonly string[]): TaskNotAvailableError {
  const isDefined = registeredJobs().some((job) => job.name === name)
  return isDefined ? new TaskNotAvailableError(name, null, NOT_SEEN) : notAvailable(name, names)
}

const NOT_SEEN =
  'the program defines such a job, and this app does not see it: with taskPaths, the jobs of those files count, so add its file; without, those that are defined before the app connects'

/**
 * The name under which a job class or `defineJob` value is registered in this process.
 *
 * @param names - gives the names of the known jobs, for the error: each call that names its job by its class comes here
 * @throws {@link TaskNotAvailableError} for a class that is not a job, {@link InvalidOptionError} for another value
 */
export function nameOfJob(target: object, names: () => readonly string[]): string {
  const job = registeredJob(target)
  if (job !== undefined) return job.name
  if (typeof target === 'function' && target.name !== '') throw notAvailable(target.name, names())
  throw new InvalidOptionError('job', JOB_RULE, described(target))
}
