import type { Command } from 'commander'
import { apiParts } from '../api/api-parts.js'
import { dropFileIn } from '../operate/drop-file.js'
import { printable } from './printable.js'
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
    act: async (control, plan, flags, options, api) => {
      const { dropDirectory } = apiParts(api).config
      const result = await control.drop(plan, { ...options, file: fileOf(flags, dropDirectory) })
      if (result.file !== null) console.error(`the tasks are in ${printable(result.file)}`)
      return result
    },
  })
    .option('--export <file>', 'File to write (default: a new one in the setting dropDirectory)')
    .option('--no-export', 'Write no file')
}

function fileOf({ export: path }: DropFlags, directory: string | null): string | undefined {
  if (path === false) return undefined
  return typeof path === 'string' ? path : dropFileIn(directory)
}
