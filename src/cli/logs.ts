import type { Command } from 'commander'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { ExitCode } from './report-error.js'
import { printable } from './printable.js'
import { dim } from './table.js'

/** `pq logs`: prints the last lines that the last run of a task has logged. */
export function logsCommand(): Command {
  return operatorCommand('logs', 'Print the last lines that the last run of a task has logged.', {
    notes: ['A worker stores the last hundred lines of runs that fail or are retried; of all runs with keepLogs: all.'],
    examples: [['Print what a failed task has logged', 'pq logs i24ab9q2m0f3k7d100e9p1']],
    exitCodes: '0 success, 1 failure, or no lines are kept, 2 wrong usage.',
  })
    .argument('<id>', 'Id of the task')
    .action(async (id: string, flags: OperatorFlags) => {
      const task = await withControl(flags, async (control) => await control.show(id))
      if (task?.logs) {
        for (const line of task.logs) {
          if (flags.json === true) printJson('logs', line)
          else console.log(`${dim(new Date(line.at).toISOString())} ${line.level.padEnd(5)} ${printable(line.text)}`)
        }
        return
      }
      console.error(
        task === null
          ? `pq: no queue has a task ${printable(id)}; pq explain ${printable(id)} says more`
          : `pq: no lines of task ${printable(id)} are kept: its last run has logged none, is not over, or has succeeded (setting keepLogs)`,
      )
      process.exitCode = ExitCode.failure
    })
}
