import type { Command } from 'commander'
import { isPulsarError } from '../errors.js'
import { explainLayout } from '../operate/explain-layout.js'
import type { Explanation } from '../operate/looks.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { ExitCode } from './report-error.js'
import { printable } from './printable.js'

/** `pq explain`: says why a task waits, runs or is over. */
export function explainCommand(): Command {
  return operatorCommand('explain', 'Say why a task waits, runs or is over, and what to do.', {
    examples: [['Explain a task', 'pq explain i24ab9q2m0f3k7d100e9p1']],
    exitCodes: '0 success, 1 failure or no such task, 2 wrong usage.',
  })
    .argument('<id>', 'Id of the task')
    .action(explain)
}

async function explain(id: string, flags: OperatorFlags): Promise<void> {
  const explanation = await explanationOf(id, flags)
  if (explanation.state === 'gone') process.exitCode = ExitCode.failure
  if (flags.json === true) {
    printJson('explain', explanation)
    return
  }
  console.log(printable(explanation.says))
  for (const { code, says, fix } of explanation.reasons) {
    console.log(`  ${code.padEnd(13)} ${printable(says)}`)
    if (fix !== null) console.log(`  ${' '.repeat(13)} fix: ${printable(fix)}`)
  }
}

/** A store of another version is refused before anything can be looked up in it. */
async function explanationOf(id: string, flags: OperatorFlags): Promise<Explanation> {
  try {
    return await withControl(flags, async (control) => await control.explain(id))
  } catch (error) {
    if (!isPulsarError(error, 'PQ_LAYOUT_VERSION')) throw error
    return explainLayout(id, error)
  }
}
