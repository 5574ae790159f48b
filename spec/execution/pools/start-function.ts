import type { Logger } from 'pulsar-queue'
import { originOf } from '../../../lib/execution/pools/origin.js'
import type { Pool } from '../../../lib/execution/pools/pool.js'
import { packForThread } from '../../../lib/execution/pools/wire-value.js'
import type { RunResult } from '../../../lib/execution/run-result.js'
import { Run } from '../../../lib/execution/run.js'
import type { KeptLogger, Line } from '../../support/kept-logger.js'
import { claimedTask } from '../support.js'

/** Starts a function in a pool as the task `id`, as a job does with `runInThread`. What it prints is logged with the task. */
export function startFunction(
  pool: Pool,
  logger: Logger,
  fn: (...args: never[]) => unknown,
  args: readonly unknown[] = [],
  { id = 'i1', onBegin = () => undefined }: { readonly id?: string; readonly onBegin?: () => void } = {},
): { run: Run; result: Promise<RunResult> } {
  const claimed = claimedTask({ id })
  const parts = { queue: 'queue', claimed, call: { job: 'job' }, job: null, logger: logger.child('job', { task: id }) }
  const run = new Run(parts, { onBegin })
  const begin = (number: number) => {
    run.begin()
    return {
      kind: 'function',
      of: originOf(number, 'job', claimed),
      source: String(fn),
      args: packForThread(args),
    } as const
  }
  return { run, result: pool.run({ run, begin, calls: null, isThread: true }) }
}

/** What was logged with a task. */
export function linesOf(logger: KeptLogger, id: string): Line[] {
  return logger.lines.filter(({ data }) => data['task'] === id)
}
