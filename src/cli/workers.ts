import type { Command } from 'commander'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { printTable } from './table.js'

/** `pq workers`: lists the workers that have a lease. */
export function workersCommand(): Command {
  return operatorCommand(
    'workers',
    'List the workers, with the queues that they consume and the tasks that they hold.',
    {
      examples: [['List all workers', 'pq workers']],
      exitCodes: '0 success, 1 failure, 2 wrong usage.',
    },
  ).action(async (flags: OperatorFlags) => {
    const workers = await withControl(flags, async (control) => await control.workers())
    if (flags.json === true) for (const worker of workers) printJson('workers', worker)
    else {
      const rows = workers.map(({ name, state, held, queues }) => [
        name,
        state,
        String(held),
        String(Math.max(0, ...queues.map(({ slots }) => slots))),
        queues.map(({ queue }) => queue).join(', '),
      ])
      printTable(['WORKER', 'STATE', 'RUNNING', 'SLOTS', 'QUEUES'], rows)
    }
  })
}
