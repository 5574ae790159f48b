import type { Command } from 'commander'
import { inWords } from '../operate/in-words.js'
import { systemTime } from '../util/timers.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { printTable } from './table.js'

/** `pq schedules`: lists periodic jobs. */
export function schedulesCommand(): Command {
  return operatorCommand('schedules', 'List periodic jobs, with their last tick and what became of its task.', {
    notes: ['The next tick is known where pulsar.config.ts names the jobs.'],
    examples: [['List all schedules', 'pq schedules']],
    exitCodes: '0 success, 1 failure, 2 wrong usage.',
  }).action(async (flags: OperatorFlags) => {
    const schedules = await withControl(flags, async (control) => await control.schedules(), true)
    const now = systemTime()
    if (flags.json === true) for (const schedule of schedules) printJson('schedules', schedule)
    else {
      const rows = schedules.map(({ job, queue, schedule, last, lastState, next }) => [
        job,
        queue,
        schedule,
        `${inWords(now - last)} ago${lastState === null ? '' : ` (${lastState})`}`,
        next === null ? '-' : `in ${inWords(next - now)}`,
      ])
      printTable(['JOB', 'QUEUE', 'SCHEDULE', 'LAST', 'NEXT'], rows)
    }
  })
}
