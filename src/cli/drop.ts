import type { Command } from 'commander'
import { fileToWrite } from './opened-file.js'
import { printable } from './printable.js'
import { systemTime } from '../util/timers.js'
import type { ActFlags } from './act-command.js'
import { actCommand } from './act-command.js'

interface DropFlags extends ActFlags {
  readonly export: string | boolean
}

/** `pq drop`: deletes tasks, after it has written them to a file. */
export function dropCommand(): Command {
  return actCommand<DropFlags>({
    name: 'drop',
    description: 'Delete waiting tasks and finished records, after they were written to a file.',
    notes: [
      'Running tasks stay. pq import brings all that was dropped back, from the file.',
      'Behind tasks that have started or ended meanwhile, and stay, the file has a line that names them (kept): pq import leaves them out.',
    ],
    examples: [['Drop what a test has queued', 'pq drop tag:test --export dropped.ndjson']],
    act: async (control, plan, flags, options) => {
      if (flags.export === false || plan.count === 0) return await control.drop(plan, options)
      const path = typeof flags.export === 'string' ? flags.export : `pq-drop-${String(systemTime())}.ndjson`
      // A line is with the system before its task is dropped, and on the disk.
      const file = await fileToWrite(path)
      try {
        return await control.drop(plan, {
          ...options,
          onExport: async (line) => {
            await file.write(`${line}\n`)
          },
          onExported: async () => {
            await file.datasync()
          },
        })
      } finally {
        await file.close()
        console.error(`the tasks are in ${printable(path)}`)
      }
    },
  })
    .option('--export <file>', 'File to write (default: pq-drop-<time>.ndjson)')
    .option('--no-export', 'Write no file')
}
