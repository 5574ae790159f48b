import type { Command } from 'commander'
import type { Control } from '../operate/control.js'
import type { LogLine, TaskDetails } from '../operate/looks.js'
import { pause } from '../util/timers.js'
import { abortOnInterrupt } from './interrupt.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { ExitCode } from './report-error.js'
import { printable } from './printable.js'
import { dim } from './table.js'

/** Most looks for a task that is on its way to another queue, and the time between two of them, ms. */
const MOST_LOOKS = 50
const LOOK = 200

/** `pq logs`: prints the last lines that the last run of a task has logged, or all that it logs from now on. */
export function logsCommand(): Command {
  return operatorCommand('logs', 'Print the last lines that the last run of a task has logged.', {
    notes: [
      'A worker stores the last hundred lines of runs that fail or are retried; of all runs with keepLogs: all.',
      '--follow prints what the task has logged so far, and then what it logs, until it has ended. Ctrl-C stops that. A task that is moved is followed to its new queue.',
    ],
    examples: [
      ['Print what a failed task has logged', 'pq logs i24ab9q2m0f3k7d100e9p1'],
      ['Watch a task that runs', 'pq logs i24ab9q2m0f3k7d100e9p1 --follow'],
    ],
    exitCodes: '0 success, or stopped by Ctrl-C, 1 failure, or no lines are kept, 2 wrong usage.',
  })
    .argument('<id>', 'Id of the task')
    .option('-f, --follow', 'Go on until the task has ended')
    .action(async (id: string, flags: OperatorFlags & { readonly follow?: boolean }) => {
      if (flags.follow === true) await follow(id, flags)
      else await printKept(id, flags)
    })
}

async function printKept(id: string, flags: OperatorFlags): Promise<void> {
  const task = await withControl(flags, async (control) => await control.show(id))
  if (task?.logs) {
    for (const line of task.logs) printLine(line, flags)
    return
  }
  console.error(
    task === null
      ? `pq: no queue has a task ${printable(id)}; pq explain ${printable(id)} says more`
      : `pq: no lines of task ${printable(id)} are kept: ${whyNone(task)}`,
  )
  process.exitCode = ExitCode.failure
}

/** Why a task has no lines. A run that was released counts no more, but it has begun. */
function whyNone({ runs, startedAt, endedAt }: TaskDetails): string {
  if (runs > 0 || startedAt !== null)
    return 'its last run has logged none, is not over, or has succeeded (setting keepLogs)'
  return endedAt === null ? 'it has not run yet' : 'it has ended without a run'
}

async function follow(id: string, flags: OperatorFlags): Promise<void> {
  const { signal, end } = abortOnInterrupt()
  let printed = 0
  let last = id
  try {
    await withControl(flags, async (control) => {
      for (let next: string | null = id; next !== null; next = signal.aborted ? null : await movedOn(last, control)) {
        last = next
        for await (const line of control.follow(last, { signal })) {
          printed += 1
          printLine(line, flags)
        }
      }
    })
  } finally {
    end()
  }
  if (printed === 0 && !signal.aborted) await printKept(last, flags)
}

/** The id under which a task goes on that was moved; null: it does not. */
async function movedOn(id: string, control: Control): Promise<string | null> {
  const moved = (await control.show(id))?.moved ?? null
  if (moved === null) return null
  const as = moved.id === null ? '' : ` as ${printable(moved.id)}`
  console.error(`pq: task ${printable(id)} was moved to queue ${printable(moved.queue)}${as}`)
  // It leaves its queue before it is in the other one.
  for (let looks = 0; looks < MOST_LOOKS && moved.id !== null; looks += 1) {
    if ((await control.show(moved.id)) !== null) break
    await pause(LOOK)
  }
  return moved.id
}

function printLine(line: LogLine, { json }: OperatorFlags): void {
  if (json === true) printJson('logs', line)
  else console.log(`${dim(new Date(line.at).toISOString())} ${line.level.padEnd(5)} ${printable(line.text)}`)
}
