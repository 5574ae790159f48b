import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { RunOfJob } from './run.js'
import type { RunResult } from './run-result.js'

/**
 * Runs jobs on the event loop, in worker threads, or in child processes. Created by the wiring.
 *
 * 1. `prepare()` is called with each job of the process. 2. `start()` starts the first thread or process, if those jobs need
 * one. 3. `run()` runs a job. It calls `run.begin()` when there is room for the run, and binds the arguments where the job
 * runs. It may be called without `start()`. 4. `close()` ends the jobs that still run.
 */
export interface Runner {
  /** Checks a job. @throws {@link JobDefinitionError} for a job that this runner cannot run */
  prepare(job: RunnableJob): void
  /** Starts the runner. @throws {@link JobLoadError} where its threads or processes cannot load the jobs */
  start(): Promise<void>
  /** Runs a job. Never throws, never rejects. @returns the result at once where the job has returned no promise */
  run(run: RunOfJob): RunResult | Promise<RunResult>
  close(): Promise<void>
}
