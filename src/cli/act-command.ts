import type { Command } from 'commander'
import type { Api } from '../api/api.js'
import type { ActName, ActOptions, ActResult, Plan } from '../operate/acts.js'
import type { Control } from '../operate/control.js'
import { confirmed, describePlan } from './confirm.js'
import { tellMissingTarget } from './missing-target.js'
import { FILTER_NOTE, filterOf } from './filter-words.js'
import { abortOnInterrupt } from './interrupt.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { counted, countOf } from '../util/count-of.js'
import { printable } from './printable.js'
import { ProgressLine } from './progress-line.js'
import { ExitCode } from './report-error.js'
import { wholeOf } from './whole-of.js'

/** Flags of all commands that act on tasks. */
export interface ActFlags extends OperatorFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly max?: string
  readonly reason?: string
}

/** A command that acts on tasks. */
export interface ActCommand<F extends ActFlags> {
  readonly name: ActName
  readonly description: string
  readonly notes?: readonly string[]
  readonly examples: readonly (readonly [meaning: string, line: string])[]
  /** Checks the flags, before anything is looked for. */
  readonly prepare?: (flags: F) => void | Promise<void>
  /** What the plan must know of the act: see `to` of its options. Default: nothing. */
  readonly to?: (flags: F) => string | number
  /** Whether the flags need the jobs of the project. Default: no. */
  readonly needsJobs?: (flags: F) => boolean
  readonly act: (control: Control, plan: Plan, flags: F, options: ActOptions, api: Api) => Promise<ActResult>
}

/** Makes a command that finds tasks by a filter, says what it would change, asks, and acts. */
export function actCommand<F extends ActFlags>(act: ActCommand<F>): Command {
  return operatorCommand(act.name, act.description, {
    notes: [
      FILTER_NOTE,
      ...(act.notes ?? []),
      'Ctrl-C ends it after the present chunk; the same command takes up what is left.',
    ],
    examples: act.examples,
    exitCodes: '0 success, 1 failure, stopped, not confirmed, or what the filter names is not there, 2 wrong usage.',
  })
    .argument('<filter...>', 'Terms such as job:mail.* or args.customer:42, or the id of a task')
    .option('--dry-run', 'Only say what would be changed')
    .option('--yes', 'Do not ask')
    .option('--max <n>', 'Most tasks that are changed')
    .option('--reason <text>', 'Why: it stands in the log of acts')
    .action(async (words: readonly string[], flags: F) => {
      await runAct(act, words, flags)
    })
}

async function runAct<F extends ActFlags>(act: ActCommand<F>, words: readonly string[], flags: F): Promise<void> {
  const max = wholeOf('--max', flags.max)
  await act.prepare?.(flags)
  const line = new ProgressLine()
  const interrupt = abortOnInterrupt()
  const { signal } = interrupt
  try {
    const run = async (control: Control, api: Api): Promise<void> => {
      const plan = await control.plan(act.name, filterOf(words), {
        max,
        to: act.to?.(flags),
        signal,
        onProgress: ({ looked, of, found }) => {
          line.show(`${counted(looked)} of ${countOf(of, 'task')} looked at, ${counted(found)} found`)
        },
      })
      line.end()
      if (signal.aborted) {
        console.error(`stopped: only ${countOf(plan.looked, 'task')} looked at; nothing was changed`)
        process.exitCode = ExitCode.failure
        return
      }
      if (plan.count === 0 && (await tellMissingTarget(api, plan.filter))) return
      describePlan(plan)
      if (flags.dryRun === true) {
        if (flags.json === true) printJson('plan', plan)
        return
      }
      if (plan.count > 0 && !(await confirmed(plan, flags.yes === true))) {
        console.error('nothing was changed')
        process.exitCode = ExitCode.failure
        return
      }
      const options: ActOptions = {
        reason: flags.reason,
        from: 'cli',
        signal,
        onProgress: ({ done, skipped, of }) => {
          line.show(`${counted(done + skipped)} of ${counted(of)}`)
        },
      }
      const result = await act.act(control, plan, flags, options, api)
      line.end()
      report(result, flags)
    }
    await withControl(flags, run, act.needsJobs?.(flags) ?? false)
  } finally {
    line.end()
    interrupt.end()
  }
}

function report(result: ActResult, { json }: ActFlags): void {
  const { act, done, skipped, skips, left } = result
  if (json === true) printJson('act', result)
  else {
    console.log(`${act}: ${counted(done)} done, ${counted(skipped)} skipped`)
    for (const { says, count } of skips)
      console.error(printable(count === 1 ? says : `${says} (${counted(count)} like that)`))
  }
  if (left === 0) return
  console.error(`stopped: ${countOf(left, 'task')} left; the same command goes on with the rest`)
  process.exitCode = ExitCode.failure
}
