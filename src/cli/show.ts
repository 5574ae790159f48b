import type { Command } from 'commander'
import type { TaskDetails } from '../operate/looks.js'
import { inWords } from '../operate/in-words.js'
import { countOf } from '../util/count-of.js'
import { toJson } from '../serializers/to-json.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { ExitCode } from './report-error.js'
import { printable } from './printable.js'

/** `pq show`: prints a task with all that is known of it. */
export function showCommand(): Command {
  return operatorCommand('show', 'Print a task: its arguments, result, error and attempts.', {
    examples: [['Print a task', 'pq show i24ab9q2m0f3k7d100e9p1']],
    exitCodes: '0 success, 1 failure or no such task, 2 wrong usage.',
  })
    .argument('<id>', 'Id of the task')
    .action(show)
}

async function show(id: string, flags: OperatorFlags): Promise<void> {
  const task = await withControl(flags, async (control) => await control.show(id))
  if (task === null) {
    console.error(`pq: no queue has a task ${printable(id)}; pq explain ${printable(id)} says more`)
    process.exitCode = ExitCode.failure
  } else if (flags.json === true) printJson('show', task)
  else for (const [name, value] of entriesOf(task)) console.log(`${name.padEnd(11)} ${value}`)
}

function entriesOf(task: TaskDetails): [name: string, value: string][] {
  const at = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString())
  const { startedAt, endedAt } = task
  const entries: [string, string][] = [
    ['task', `${task.id} ${task.job}`],
    ['queue', `${task.queue}, priority ${String(task.priority)}`],
    ['state', `${task.state} (${task.statusString}), ${countOf(task.runs, 'run')}`],
    ['tags', task.tags.join(', ')],
    ['queued', at(task.queuedAt)],
    ['due', task.dueAt === task.queuedAt ? '' : at(task.dueAt)],
    ['started', startedAt === null ? '' : `${at(startedAt)} by ${task.worker ?? 'nobody'}`],
    [
      'ended',
      endedAt === null ? '' : `${at(endedAt)}${startedAt === null ? '' : `, after ${inWords(endedAt - startedAt)}`}`,
    ],
    ['retry of', task.retryOf ?? ''],
    ['retried as', task.retries.join(', ')],
    ['queued by', task.parent ?? ''],
    ['trace', task.trace ?? ''],
    ['unreadable', task.unreadable ?? ''],
    ['arguments', task.unreadable === null ? toJson(task.args, 2) : ''],
    ['result', task.result === undefined ? '' : toJson(task.result, 2)],
    ['progress', task.progress === undefined ? '' : toJson(task.progress)],
    ['error', task.exception ?? ''],
    ['stack', task.stacktrace ?? ''],
    ...task.attempts.map(({ run, startedAt, endedAt, worker, error }): [string, string] => [
      `attempt ${String(run)}`,
      `${at(startedAt)}, ${inWords(endedAt - startedAt)}, by ${worker}: ${error}`,
    ]),
  ]
  return entries
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [name, value.split('\n').map(printable).join('\n            ')])
}
