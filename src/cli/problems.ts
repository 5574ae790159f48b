import type { Command } from 'commander'
import { Option } from 'commander'
import type { ProblemState } from '../model/problem.js'
import type { Problem } from '../operate/looks.js'
import type { ProblemControl } from '../operate/problems.js'
import { knownQueues } from './known-queues.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { counted } from '../util/count-of.js'
import { printable } from './printable.js'
import { UsageError, unknownWord } from './report-error.js'
import { printTable } from './table.js'
import { wordArgument } from './word-argument.js'

interface ProblemFlags extends OperatorFlags {
  readonly queue?: string
  readonly state?: ProblemState
  readonly reason?: string
}

const ACTS = ['resolve', 'mute', 'reopen'] as const satisfies readonly (keyof ProblemControl)[]
const DONE = { resolve: 'resolved', mute: 'muted', reopen: 'open' } as const

/** `pq problems`: lists failures grouped by their cause, and says what has become of them. */
export function problemsCommand(): Command {
  return operatorCommand('problems', 'List failures grouped by their cause, or resolve, mute or reopen some.', {
    notes: [
      'A problem has one job, class of error, message without ids and numbers, and first own line of the stack. One that comes back after it was resolved has regressed, and is listed first.',
      "pq retry 'problem:<id>' queues its tasks once more.",
    ],
    examples: [
      ['List what has failed', 'pq problems'],
      ['It is mended', 'pq problems resolve 9f3c --reason "the gateway has more memory"'],
      ['Retry its tasks over ten minutes', "pq retry 'problem:9f3c' --spread 10m"],
    ],
    exitCodes: '0 success, 1 failure, or there is no such queue or problem, 2 wrong usage.',
  })
    .addArgument(wordArgument('act', 'What has become of some; without it, problems are listed', ACTS))
    .argument('[ids...]', 'Fingerprints, or their beginnings')
    .option('--queue <name>', 'Only those of this queue')
    .addOption(new Option('--state <state>', 'List only those in this state').choices(['open', 'muted', 'resolved']))
    .option('--reason <text>', 'Why: it stands in the log of acts')
    .action(async (act: string | undefined, ids: readonly string[], flags: ProblemFlags) => {
      if (act === undefined) await list(flags)
      else await mark(actOf(act), ids, flags)
    })
}

async function list({ queue, state, ...flags }: ProblemFlags): Promise<void> {
  const problems = await withControl(flags, async (control, api) => {
    const isKnown = queue === undefined || (await knownQueues(api, [queue])).length > 0
    return isKnown ? await control.problems({ queue, state }) : null
  })
  if (problems === null) return
  if (flags.json === true) for (const problem of problems) printJson('problems', problem)
  else printTable(['PROBLEM', 'STATE', 'COUNT', 'LAST', 'QUEUE', 'JOB', 'ERROR'], problems.map(rowOf))
}

function rowOf({ id, queue, job, error, message, state, regressed, count, last }: Problem): string[] {
  const at = new Date(last).toISOString()
  return [id, regressed ? 'regressed' : state, counted(count), at, queue, job, `${error}: ${message}`]
}

async function mark(act: (typeof ACTS)[number], ids: readonly string[], flags: ProblemFlags): Promise<void> {
  if (ids.length === 0)
    throw new UsageError(`expected the fingerprint of a problem behind ${act}; pq problems lists them`)
  await withControl(flags, async (control) => {
    for (const id of ids) {
      const { queue, reason } = flags
      for (const problem of await control.problem(id)[act]({ queue, reason, from: 'cli' })) {
        const state = DONE[act]
        if (flags.json === true) printJson('problems mark', { id: problem.id, queue: problem.queue, state })
        else console.log(`${problem.id} of queue ${printable(problem.queue)} is ${state}`)
      }
    }
  })
}

function actOf(text: string): (typeof ACTS)[number] {
  const act = ACTS.find((one) => one === text)
  if (act !== undefined) return act
  throw unknownWord(text, ACTS)
}
