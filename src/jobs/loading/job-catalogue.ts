import type { ConcurrencyName } from '../../model/concurrency.js'
import type { ParameterManifest } from '../../model/manifest.js'

/** What a producer needs of a job, whether it comes from job code or from a manifest. Durations in ms. */
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
