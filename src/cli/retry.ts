import type { Command } from 'commander'
import { toMilliseconds } from '../model/duration.js'
import type { Duration } from '../model/duration.js'
import type { ActFlags } from './act-command.js'
import { actCommand } from './act-command.js'
import { readJobArguments } from './job-arguments.js'

interface RetryFlags extends ActFlags {
  readonly spread?: string
  readonly args?: readonly string[]
}

/** `pq retry`: queues failed and revoked tasks once more. */
export function retryCommand(): Command {
  return actCommand<RetryFlags>({
    name: 'retry',
    description: 'Queue failed and revoked tasks once more, as new tasks.',
    notes: ['A task a is retried as a~1, that one as a~2. What was retried already is skipped, so it can be repeated.'],
    examples: [
      ['Retry what a gateway has failed, over ten minutes', "pq retry 'error:ECONNRESET since:2h' --spread 10m --yes"],
      ['Retry one task with another argument', 'pq retry i24ab9q2m0f3k7d100e9p1 --args to=ann@example.org'],
    ],
    prepare: ({ spread }) => {
      if (spread !== undefined) toMilliseconds(durationOf(spread), '--spread')
    },
    act: async (control, plan, { spread, args }, options) =>
      await control.retry(plan, {
        ...options,
        spread: spread === undefined ? undefined : durationOf(spread),
        args: args === undefined ? undefined : readJobArguments(args, []),
      }),
  })
    .option('--spread <duration>', 'Let the tasks become due one after another over this time')
    .option('--args <key=value...>', 'Arguments that replace those of the tasks; the others stay')
}

/** Reads `5m`, or seconds. */
function durationOf(text: string): Duration {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : (text as Duration)
}
