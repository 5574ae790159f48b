import { once } from 'node:events'
import type { Command } from 'commander'
import { FILTER_NOTE, filterOf } from './filter-words.js'
import { tellMissingTarget } from './missing-target.js'
import { abortOnInterrupt } from './interrupt.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, withControl } from './operator-command.js'
import { printableJson } from './printable.js'
import { ExitCode } from './report-error.js'

/** `pq export`: prints tasks as lines that `pq import` reads. */
export function exportCommand(): Command {
  return operatorCommand('export', 'Print tasks as lines of JSON, which pq import reads.', {
    notes: [FILTER_NOTE, 'What redact hides is missing, and such lines cannot be imported; --whole prints it.'],
    examples: [
      [
        'From the embedded store to Redis',
        'pq export state:live > tasks.ndjson && pq import tasks.ndjson --store redis://127.0.0.1/0',
      ],
    ],
    exitCodes:
      '0 success, also where nothing matches, 1 failure, or what the filter names is not there, 2 wrong usage.',
  })
    .argument('<filter...>', 'Terms such as state:live or queue:mail')
    .option('--whole', 'Print what redact hides, too')
    .option('--deep', 'Look at all finished records, too')
    .action(
      async (
        words: readonly string[],
        flags: OperatorFlags & { readonly deep?: boolean; readonly whole?: boolean },
      ) => {
        const interrupt = abortOnInterrupt()
        try {
          await withControl(flags, async (control, api) => {
            const { deep, whole } = flags
            let isEmpty = true
            for await (const line of control.export(filterOf(words), { deep, whole, signal: interrupt.signal })) {
              isEmpty = false
              if (!process.stdout.write(`${printableJson(line)}\n`)) await once(process.stdout, 'drain')
            }
            if (!interrupt.signal.aborted) {
              if (isEmpty) await tellMissingTarget(api, filterOf(words))
              return
            }
            console.error('stopped: tasks may be missing in what was written')
            process.exitCode = ExitCode.failure
          })
        } finally {
          interrupt.end()
        }
      },
    )
}
