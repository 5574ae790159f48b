import type { Command } from 'commander'
import { counted, countOf } from '../util/count-of.js'
import { clearInterval, setInterval, systemTime } from '../util/timers.js'
import { FILTER_NOTE, filterOf } from './filter-words.js'
import { tellMissingTarget } from './missing-target.js'
import { abortOnInterrupt } from './interrupt.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { ProgressLine } from './progress-line.js'
import { printable } from './printable.js'
import { ExitCode } from './report-error.js'
import { dim } from './table.js'
import { TASK_HEADS, taskRow } from './task-table.js'
import { wholeOf } from './whole-of.js'

interface FindFlags extends OperatorFlags {
  readonly deep?: boolean
  readonly limit?: string
}

/** `pq find`: looks for tasks, and prints them as they are found. */
export function findCommand(): Command {
  return operatorCommand('find', 'Look for tasks by a filter, and print them as they are found.', {
    notes: [
      FILTER_NOTE,
      'Live tasks are looked at, and those that failed in the last seven days. state:done, or --deep, looks at all finished records.',
    ],
    examples: [
      ['Find the tasks of one customer', 'pq find args.customer:42'],
      ['Find failures of the last two hours', "pq find 'job:mail.* state:failed error:ECONNRESET since:2h'"],
    ],
    exitCodes:
      '0 success, also where nothing matches, 1 failure, or a queue cannot be read, or what the filter names is not there, 2 wrong usage.',
  })
    .argument('<filter...>', 'Terms such as job:mail.* or args.customer:42')
    .option('--deep', 'Look at all finished records, too')
    .option('--limit <n>', 'Most tasks that are found')
    .action(find)
}

async function find(words: readonly string[], flags: FindFlags): Promise<void> {
  const line = new ProgressLine()
  const interrupt = abortOnInterrupt()
  try {
    await withControl(flags, async (control, api) => {
      const { deep, json } = flags
      const limit = wholeOf('--limit', flags.limit)
      const search = control.find(filterOf(words), { deep, limit, signal: interrupt.signal })
      const now = systemTime()
      if (json !== true) console.log(dim(TASK_HEADS.join('  ')))
      const timer = setInterval(() => {
        const { looked, of, found } = search.progress
        line.show(`${counted(looked)} of ${countOf(of, 'task')} looked at, ${counted(found)} found`)
      }, 200)
      try {
        for await (const task of search) {
          line.end()
          if (json === true) printJson('find', task)
          else console.log(taskRow(task, now).map(printable).join('  ').trimEnd())
        }
        // The log on stderr says which queues could not be read, and why.
        if (search.progress.unread !== undefined) process.exitCode = ExitCode.failure
        line.end()
        if (search.progress.found === 0 && !interrupt.signal.aborted) await tellMissingTarget(api, filterOf(words))
      } finally {
        clearInterval(timer)
        line.end()
      }
    })
  } finally {
    interrupt.end()
  }
}
