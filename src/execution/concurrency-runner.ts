import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { ConcurrencyName } from '../model/concurrency.js'
import type { RunOfJob } from './run.js'
import type { RunResult } from './run-result.js'
import type { Runner } from './runner.js'

/** Passes each job to the runner of its `concurrency`. Starts only the runners that the prepared jobs need. */
export class ConcurrencyRunner implements Runner {
  readonly #needed = new Set<Runner>()

  constructor(private readonly runners: Readonly<Record<ConcurrencyName, Runner>>) {}

  prepare(job: RunnableJob): void {
    const runner = this.runners[job.concurrency]
    runner.prepare(job)
    this.#needed.add(runner)
  }

  async start(): Promise<void> {
    await Promise.all([...this.#needed].map((runner) => runner.start()))
  }

  run(run: RunOfJob): RunResult | Promise<RunResult> {
    return this.runners[run.job.concurrency].run(run)
  }

  async close(): Promise<void> {
    await Promise.all([...new Set(Object.values(this.runners))].map((runner) => runner.close()))
  }
}
