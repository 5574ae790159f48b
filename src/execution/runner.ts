import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { RunOfJob } from './run.js'
import type { RunResult } from './run-result.js'

/**
 * Runs jobs in one way: on the event loop, in worker threads, or in child processes. Made by the wiring.
 *
 * 1. `prepare()` is called with each job that may come. 2. `start()` starts the first thread or process that those jobs
 * need. 3. `run()` runs a job: `run.begin()` is called when there is room for it, and its arguments are bound where it
 * runs. It may be called without a `start()`. 4. `close()` ends what still runs.
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
