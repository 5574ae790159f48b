import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { Encoded } from '../util/encoded.js'
import type { RunOfJob } from './run.js'

/** What running a job has come to. */
export type RunResult =
  /** The job returned a value. */
  | { readonly kind: 'returned'; readonly value: unknown }
  /** The job returned a value, and the report of the run was encoded where the job ran. */
  | { readonly kind: 'reported'; readonly outcome: Encoded }
  /** The job threw, or its arguments were refused, or the run was told to stop. */
  | { readonly kind: 'threw'; readonly error: unknown }
  /** The task could not run here, through no fault of its own. It goes back to its queue for `delay` ms; no run counts. */
  | { readonly kind: 'released'; readonly reason: string; readonly delay: number }

/**
 * Runs jobs in one place: on the event loop, in worker threads, in child processes. Made by the wiring.
 *
 * 1. `prepare()` is called with each job that may come. 2. `start()` starts what those jobs run in. 3. `run()` binds the
 * arguments, calls `run.begin()` when there is room for the job, and runs it; without a `start()` it starts what it needs.
 * 4. `close()` ends what still runs.
 */
export interface Runner {
  /** @throws {@link JobDefinitionError} for a job that cannot run there */
  prepare(job: RunnableJob): void
  /** @throws {@link JobLoadError} where the jobs cannot be loaded there */
  start(): Promise<void>
  /** Never rejects. */
  run(run: RunOfJob): Promise<RunResult>
  close(): Promise<void>
}

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
