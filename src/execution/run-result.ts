import type { Encoded } from '../util/encoded.js'

/** The result of running a job. */
export type RunResult =
  /** The job returned a value. */
  | { readonly kind: 'returned'; readonly value: unknown }
  /** The job returned a value, and the report of the run was encoded where the job ran. */
  | { readonly kind: 'reported'; readonly outcome: Encoded }
  /** The job threw, or its arguments were refused, or the run was told to stop. */
  | { readonly kind: 'threw'; readonly error: unknown }
  /** The task could not run here, through no fault of its own. It goes back to its queue for `delay` ms; no run counts. */
  | { readonly kind: 'released'; readonly reason: string; readonly delay: number }

/** Passes through a job's own code when the task cannot go on here: the result of its run is `released`. */
export class ReleaseError extends Error {
  constructor(
    message: string,
    /** ms until the task is due again. */
    readonly delay: number,
  ) {
    super(message)
  }
}
