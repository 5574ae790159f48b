import type { BuiltJob } from '../jobs/loading/loaded-jobs.js'
import { isInstance } from '../util/thrown.js'
import type { RunOfJob } from './run.js'
import type { RunResult } from './run-result.js'
import type { Runner } from './runner.js'
import { ReleaseError } from './run-result.js'

/** Runs jobs on this thread's event loop: `ASYNC_IO`, and `GREEN_IO` as generators that are stopped at a `yield`. */
export class InlineRunner implements Runner {
  /** @param build - makes the job of a run, anew for each run */
  constructor(private readonly build: (run: RunOfJob) => BuiltJob) {}

  /** Every job can run here. */
  prepare(): void {}

  /** There is nothing to start. */
  async start(): Promise<void> {}

  async run(run: RunOfJob): Promise<RunResult> {
    try {
      const bound = run.job.bind(run.call.args ?? {})
      const args = bound instanceof Promise ? await bound : bound
      run.begin()
      const result = this.build(run).run(...args)
      return { kind: 'returned', value: await (isGenerator(result) ? drive(result, run.signal) : result) }
    } catch (error) {
      if (isInstance(error, ReleaseError)) return { kind: 'released', reason: error.message, delay: error.delay }
      return { kind: 'threw', error }
    }
  }

  /** Runs are aborted by whoever started them. */
  async close(): Promise<void> {}
}

function isGenerator(value: unknown): value is Generator<unknown, unknown> {
  return typeof value === 'object' && value !== null && 'next' in value && 'return' in value && Symbol.iterator in value
}

/** Steps through a generator. It can be stopped between two steps, and its `finally` blocks run then. */
async function drive(generator: Generator<unknown, unknown>, signal: AbortSignal): Promise<unknown> {
  let input: unknown
  let failed = false
  for (;;) {
    if (signal.aborted) {
      await finish(generator)
      throw signal.reason
    }
    const step = failed ? generator.throw(input) : generator.next(input)
    if (step.done === true) return await step.value
    try {
      input = await step.value
      failed = false
    } catch (error) {
      input = error
      failed = true
    }
  }
}

/** Ends a generator early, and waits for the promises that its `finally` blocks still yield. */
async function finish(generator: Generator<unknown, unknown>): Promise<void> {
  let step = generator.return(undefined)
  while (step.done !== true) step = generator.next(await step.value)
}
