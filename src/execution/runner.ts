import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { RunOfJob } from './run.js'
import type { RunResult } from './run-result.js'

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
