import type { Runner } from './executor.js'
import type { Run } from './run.js'

/** A built job, ready to run once. */
export interface BuiltJob {
  run(...args: unknown[]): unknown
}

/** Builds the job of a run. */
export type BuildJob = (run: Run) => BuiltJob

/**
 * Runs jobs on this process's event loop: `ASYNC_IO`, and `GREEN_IO` as generators that are stopped at a `yield`.
 *
 * @param build - makes the job, anew for each run
 */
export function inlineRunner(build: BuildJob): Runner {
  return (run, positional, begin) => {
    begin()
    const job = build(run)
    const result = job.run(...positional)
    return isGenerator(result) ? drive(result, run.signal) : result
  }
}

function isGenerator(value: unknown): value is Generator<unknown, unknown> {
  return typeof value === 'object' && value !== null && 'next' in value && 'return' in value && Symbol.iterator in value
}

/** Steps through a generator; between two steps it can be stopped, and its `finally` blocks run. */
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

/** Ends a generator early: what its `finally` blocks still yield is waited for. */
async function finish(generator: Generator<unknown, unknown>): Promise<void> {
  let step = generator.return(undefined)
  while (step.done !== true) step = generator.next(await step.value)
}
