import type { BuiltJob } from '../jobs/loading/loaded-jobs.js'
import { isInstance } from '../util/thrown.js'
import type { RunOfJob } from './run.js'
import type { RunResult } from './run-result.js'
import type { Runner } from './runner.js'
import { ReleaseError } from './run-result.js'

/** Runs jobs on this thread's event loop: `ASYNC_IO`, and `GREEN_IO` as generators, which can be stopped at each `yield`. */
export class InlineRunner implements Runner {
  /** @param build - builds a new instance of the job for each run */
  constructor(private readonly build: (run: RunOfJob) => BuiltJob) {}

  /** Accepts every job. */
  prepare(): void {}

  /** Does nothing: the event loop runs already. */
  async start(): Promise<void> {}

  run(run: RunOfJob): RunResult | Promise<RunResult> {
    try {
      const bound = run.job.bind(run.call.args ?? {})
      if (bound instanceof Promise) return bound.then((args) => this.#call(run, args), failed)
      return this.#call(run, bound)
    } catch (error) {
      return failed(error)
    }
  }

  #call(run: RunOfJob, args: readonly unknown[]): RunResult | Promise<RunResult> {
    try {
      run.begin()
      const result = this.build(run).run(...args)
      if (isGenerator(result)) return drive(result, run.signal).then(returned, failed)
      return isThenable(result) ? Promise.resolve(result).then(returned, failed) : returned(result)
    } catch (error) {
      return failed(error)
    }
  }

  /** Does nothing: the worker aborts the runs that are left. */
  async close(): Promise<void> {}
}

function returned(value: unknown): RunResult {
  return { kind: 'returned', value }
}

function failed(error: unknown): RunResult {
  if (isInstance(error, ReleaseError)) return { kind: 'released', reason: error.message, delay: error.delay }
  return { kind: 'threw', error }
}

function isThenable(value: unknown): boolean {
  const mayBe = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return mayBe && typeof (value as { readonly then?: unknown }).then === 'function'
}

function isGenerator(value: unknown): value is Generator<unknown, unknown> {
  return typeof value === 'object' && value !== null && 'next' in value && 'return' in value && Symbol.iterator in value
}

/** Runs a generator step by step. An abort ends it between two steps, and its `finally` blocks run. */
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

/** Ends a generator early, and waits for the promises that its `finally` blocks yield. */
async function finish(generator: Generator<unknown, unknown>): Promise<void> {
  let step = generator.return(undefined)
  while (step.done !== true) step = generator.next(await step.value)
}
