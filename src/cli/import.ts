import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { fileToRead } from './opened-file.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { counted } from './progress-line.js'

/** `pq import`: brings the tasks of an export back. */
export function importCommand(): Command {
  return operatorCommand(
    'import',
    'Bring the tasks of an export back under their ids. What is there already is left alone.',
    {
      notes: [
        'A line that is no task ends it, after the lines before it were taken. It can be repeated with the same file.',
        'Tasks that waited or ran wait. Those that were over are so, with results, errors, logs and attempts: pq retry queues failed ones.',
      ],
      examples: [['Into Redis', 'pq import tasks.ndjson --store redis://127.0.0.1:6379/0']],
      exitCodes: '0 success, 1 failure, 2 wrong usage.',
    },
  )
    .argument('<file>', 'File that pq export has written; - reads from stdin')
    .action(async (path: string, flags: OperatorFlags) => {
      const input = path === '-' ? process.stdin : await fileToRead(path)
      const result = await withControl(
        flags,
        // Made here: lines that come before somebody loops over them are lost.
        async (control) => await control.import(createInterface({ input, crlfDelay: Infinity })),
      )
      if (flags.json === true) printJson('import', result)
      else {
        const { imported, known, over } = result
        console.log(
          `${counted(imported)} queued, ${counted(known)} were there already, ${counted(over)} were over and are so again`,
        )
      }
    })
}
