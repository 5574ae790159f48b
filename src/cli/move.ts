import type { Command } from 'commander'
import { checkQueueName } from '../model/name.js'
import type { ActFlags } from './act-command.js'
import { actCommand } from './act-command.js'

interface MoveFlags extends ActFlags {
  readonly to: string
}

/** `pq move`: queues waiting tasks in another queue. */
export function moveCommand(): Command {
  return actCommand<MoveFlags>({
    name: 'move',
    description: 'Queue waiting tasks in another queue, as new tasks, and end the old ones as REVOKED.',
    notes: ['They go behind those that wait there. A crash in between may let a task run twice, and loses none.'],
    examples: [['Get slow reports out of the way', 'pq move queue:mail job:report.* --to slow']],
    prepare: ({ to }) => {
      checkQueueName('--to', to)
    },
    to: ({ to }) => to,
    act: async (control, plan, { to }, options) => await control.move(plan, to, options),
  }).requiredOption('--to <queue>', 'Name of the queue')
}
