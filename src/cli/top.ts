import type { Command } from 'commander'
import { systemTime } from '../util/timers.js'
import { keptOrNull } from '../operate/kept-or-null.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { UsageError } from './report-error.js'
import { jobLooks } from './top/job-looks.js'
import { Top } from './top/top.js'

/** `pq top`: shows queues, jobs, workers and problems on the whole terminal, and draws them anew each second. */
export function topCommand(): Command {
  return operatorCommand('top', 'Show queues, jobs, workers and problems, drawn anew each second.', {
    notes: [
      'Keys: 1 to 4 choose what is shown, s sorts, / filters, p holds the screen, ? lists the others, q quits.\n' +
        'The store is looked at every two seconds. --json looks once, prints that, and needs no terminal.',
    ],
    examples: [['Watch the queues of a store', 'pq top --store redis://127.0.0.1:6379/0']],
    exitCodes: '0 quit, 1 failure, 2 wrong usage.',
  }).action(async (flags: OperatorFlags) => {
    if (flags.json === true) {
      await withControl(flags, async (control) => {
        const [queues, workers] = await Promise.all([control.queues(), keptOrNull(control.workers())])
        const [jobs, problems] = await Promise.all([
          keptOrNull(jobLooks(control, queues)),
          keptOrNull(control.problems()),
        ])
        printJson('top', { at: systemTime(), queues, jobs, workers, problems })
      })
    } else if (process.stdin.isTTY && process.stdout.isTTY) {
      await withControl(flags, async (control, api) => {
        await new Top(control, api.broker.address).run()
      })
    } else throw new UsageError('pq top needs a terminal; pq top --json looks once, and pq ls prints a table')
  })
}
