import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { fileToRead } from './opened-file.js'
import { isPulsarError } from '../errors.js'
import type { ImportResult } from '../operate/acts.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { counted } from '../util/count-of.js'

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
      let soFar: ImportResult = { imported: 0, known: 0, over: 0 }
      const onProgress = (progress: ImportResult): void => {
        soFar = progress
      }
      const result = await withControl(flags, async (control) => {
        try {
          // Made here: lines that come before somebody loops over them are lost.
          return await control.import(createInterface({ input, crlfDelay: Infinity }), { onProgress })
        } catch (error) {
          // The error of a line says it itself.
          if (!isPulsarError(error, 'PQ_INVALID_OPTION'))
            console.error(`stopped: ${inWords(soFar)}; the same command goes on with the rest`)
          throw error
        }
      })
      if (result.imported + result.known + result.over === 0)
        console.error('there are no tasks in it: an export is empty where no task matches its filter')
      if (flags.json === true) printJson('import', result)
      else console.log(inWords(result))
    })
}

function inWords({ imported, known, over }: ImportResult): string {
  return `${counted(imported)} queued, ${counted(known)} were there already, ${counted(over)} were over and are so again`
}
