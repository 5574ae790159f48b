import type { Command } from 'commander'
import { knownQueues } from './known-queues.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { printable } from './printable.js'

interface PauseFlags extends OperatorFlags {
  readonly reason?: string
}

/** `pq pause`: stops claims from queues. */
export function pauseCommand(): Command {
  return queuesCommand(
    'pause',
    'Pause queues: tasks can be queued, and workers get none of them.',
    'pq pause mail --reason "gateway is down"',
    'pause',
  )
}

/** `pq resume`: ends a pause. */
export function resumeCommand(): Command {
  return queuesCommand('resume', 'Resume queues that are paused.', 'pq resume mail', 'resume')
}

function queuesCommand(name: string, description: string, example: string, act: 'pause' | 'resume'): Command {
  return operatorCommand(name, description, {
    notes: ['A queue that nobody has used yet is taken for a misspelled name; api.control pauses it all the same.'],
    examples: [[`${name} a queue`.replace(/^./, (letter) => letter.toUpperCase()), example]],
    exitCodes: '0 success, 1 failure, or there is no such queue, 2 wrong usage.',
  })
    .argument('<queues...>', 'Names of queues')
    .option('--reason <text>', 'Why: it stands in the log of acts')
    .action(async (queues: readonly string[], flags: PauseFlags) => {
      await withControl(flags, async (control, api) => {
        for (const queue of await knownQueues(api, queues)) {
          await control[act](queue, { reason: flags.reason, from: 'cli' })
          if (flags.json === true) printJson(act, { queue, paused: act === 'pause' })
          else console.log(`${printable(queue)} is ${act === 'pause' ? 'paused' : 'resumed'}`)
        }
      })
    })
}
