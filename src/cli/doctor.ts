import type { Command } from 'commander'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { ExitCode } from './report-error.js'
import { printable } from './printable.js'
import { red } from './table.js'

const MARKS = { ok: '✓', info: 'i', warning: '!', fault: '✗', unknown: '?' } as const

/** `pq doctor`: checks the store, the queues and the workers. */
export function doctorCommand(): Command {
  return operatorCommand('doctor', 'Check the store, the queues and the workers, and say what to do.', {
    examples: [['Check all', 'pq doctor']],
    exitCodes: '0 no fault, 1 a fault or failure, 2 wrong usage.',
  }).action(async (flags: OperatorFlags) => {
    const diagnosis = await withControl(flags, async (control) => await control.doctor())
    if (!diagnosis.healthy) process.exitCode = ExitCode.failure
    for (const check of diagnosis.checks) {
      if (flags.json === true) {
        printJson('doctor', check)
        continue
      }
      const line = `${MARKS[check.state]} ${printable(check.says)}`
      console.log(check.state === 'fault' ? red(line) : line)
      if (check.fix !== null) console.log(`  fix: ${printable(check.fix)}`)
    }
  })
}
