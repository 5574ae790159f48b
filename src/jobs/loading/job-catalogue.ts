import { TaskNotAvailableError } from '../../errors.js'
import type { ConcurrencyName } from '../../model/concurrency.js'
import type { ParameterManifest } from '../../model/manifest.js'
import { nearest } from '../../util/nearest.js'
import { registeredJob } from '../define/registry.js'

/** A job as a producer needs it, from job code or from a manifest. Durations in ms. */
export interface JobDescription {
  readonly name: string
  readonly type: 'regular' | 'periodic'
  readonly concurrency: ConcurrencyName
  /** Empty when there is none. */
  readonly doc: string
  readonly parameters: readonly ParameterManifest[]
  readonly defaultQueue: string | null
  readonly priority: number

  /**
   * Checks the arguments of a call.
   *
   * @param args - by name
   * @returns what goes on the wire: the same, without members that are undefined
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

/** The error for a name that no job has, with the known one most like it. */
export function notAvailable(name: string, names: readonly string[]): TaskNotAvailableError {
  return new TaskNotAvailableError(name, nearest(name, names))
}

/**
 * The name of a job class or `defineJob` value, as this process has registered it.
 *
 * @param names - the known ones, for the error
 * @throws {@link TaskNotAvailableError} for what is no job
 */
export function nameOfJob(target: object, names: readonly string[]): string {
  const job = registeredJob(target)
  if (job !== undefined) return job.name
  throw notAvailable('name' in target && typeof target.name === 'string' ? target.name : 'the object', names)
}
