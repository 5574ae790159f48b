import type { Encoded } from '../model/encoded.js'

/** The result of running a job. */
export type RunResult =
  /** The job returned a value. */
  | { readonly kind: 'returned'; readonly value: unknown }
  /** The job returned a value, and the report of the run was encoded where the job ran. */
  | { readonly kind: 'reported'; readonly outcome: Encoded }
  /** The job threw, its arguments were refused, or the run was told to stop. */
  | { readonly kind: 'threw'; readonly error: unknown }
  /** The task could not run here, and is not to blame. It goes back to its queue for `delay` ms. The run does not count. */
  | { readonly kind: 'released'; readonly reason: string; readonly delay: number }

/** Thrown through a job's own code when the task cannot go on in this process. The result of the run is `released`. */
export class ReleaseError extends Error {
  constructor(
    message: string,
    /** ms until the task is due again. */
    readonly delay: number,
  ) {
    super(message)
  }
}
