import type { Command } from 'commander'
import { actCommand } from './act-command.js'

/** `pq run-now`: makes delayed tasks ready. */
export function runNowCommand(): Command {
  return actCommand({
    name: 'run-now',
    description: 'Make delayed tasks ready now, before all others of their priority.',
    examples: [['Do not wait for the retries of a job', 'pq run-now job:mail.send state:retry']],
    act: async (control, plan, _flags, options) => await control.runNow(plan, options),
  })
}
