import type { Command } from 'commander'
import type { ActFlags } from './act-command.js'
import { actCommand } from './act-command.js'
import { UsageError } from './report-error.js'

interface PrioritizeFlags extends ActFlags {
  readonly to: string
}

/** `pq prioritize`: gives waiting tasks another priority. */
export function prioritizeCommand(): Command {
  return actCommand<PrioritizeFlags>({
    name: 'prioritize',
    description: 'Give waiting tasks another priority, behind the others that have it.',
    examples: [['Let the tasks of one customer run first', 'pq prioritize args.customer:42 --to 9']],
    prepare: ({ to }) => {
      if (!/^\d$/.test(to))
        throw new UsageError(`expected --to to be a priority from 0 to 9, got ${JSON.stringify(to)}`)
    },
    to: ({ to }) => Number(to),
    act: async (control, plan, { to }, options) => await control.prioritize(plan, Number(to), options),
  }).requiredOption('--to <priority>', 'Priority from 0 to 9, higher first')
}
