import type { Command } from 'commander'
import { Option } from 'commander'
import type { QueueOverview } from '../operate/looks.js'
import { pausedByInWords } from '../operate/paused-by.js'
import { lookAtQueues } from '../operate/look-at-all.js'
import type { ListedState } from '../stores/operations-store.js'
import { systemTime } from '../util/timers.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { knownQueues } from './known-queues.js'
import { counted } from '../util/count-of.js'
import { ExitCode, UsageError } from './report-error.js'
import { printable } from './printable.js'
import { columnsWithin, printTable } from './table.js'
import { TASK_HEADS, taskRow } from './task-table.js'
import { queueTable } from './top/views.js'
import { wholeOf } from './whole-of.js'

interface LsFlags extends OperatorFlags {
  readonly state?: ListedState
  readonly limit?: string
}

/** `pq ls`: lists queues, or the tasks of a queue that are in a state. */
export function lsCommand(): Command {
  return operatorCommand('ls', 'List the queues, or the tasks of a queue that are in a state.', {
    notes: [
      'IN and OUT are the tasks that were queued and that ended, a second, in the last minute.',
      'FAILED counts the tasks that failed or were revoked in the last seven days, 10,000 at most.',
    ],
    examples: [
      ['List all queues', 'pq ls'],
      ['List the last hundred failures of a queue', 'pq ls mail --state failed --limit 100'],
    ],
    exitCodes: '0 success, 1 failure, or a queue is not there or cannot be read, 2 wrong usage.',
  })
    .argument('[queues...]', 'Names of queues (default: all)')
    .addOption(
      new Option('--state <state>', 'List the tasks in it').choices(['ready', 'delayed', 'held', 'failed', 'recent']),
    )
    .option('--limit <n>', 'Most tasks that are listed (default: 50)')
    .action(ls)
}

async function ls(names: readonly string[], flags: LsFlags): Promise<void> {
  if (flags.state !== undefined) {
    await listTasks(names, flags.state, flags)
    return
  }
  await withControl(flags, async (control, api) => {
    const known = await knownQueues(api, names)
    const queues =
      names.length === 0 ? await control.queues() : await lookAtQueues(known, async (name) => await control.queue(name))
    if (queues.length === 0 && names.length > 0) return
    if (queues.some(({ error }) => error !== undefined)) process.exitCode = ExitCode.failure
    if (flags.json === true) for (const queue of queues) printJson('ls', queue)
    else printQueues(queues)
  })
}

/** In a terminal, the last columns are missing where they do not fit: lines that are folded are no table. */
function printQueues(queues: readonly QueueOverview[]): void {
  const { heads, rows } = queueTable(queues)
  const cells = rows.map(({ texts }) => texts)
  const isRead = queues.every(({ error }) => error === undefined)
  const width = process.stdout.isTTY && isRead ? process.stdout.columns : Infinity
  const fitting = columnsWithin(width, heads, cells)
  printTable(
    heads.slice(0, fitting),
    cells.map((row) => row.slice(0, fitting)),
  )
  for (const { name, pausedBy } of queues)
    if (pausedBy) console.log(printable(`${name} has been paused${pausedByInWords(pausedBy, systemTime())}`))
  if (fitting < heads.length) {
    const missing = heads.slice(fitting).join(', ')
    console.error(`without ${missing}: a wider terminal shows more, and --json everything`)
  }
}

async function listTasks(names: readonly string[], state: ListedState, flags: LsFlags): Promise<void> {
  const [queue, ...others] = names
  if (queue === undefined || others.length > 0) throw new UsageError('--state lists the tasks of one queue: name it')
  const limit = wholeOf('--limit', flags.limit) ?? 50
  await withControl(flags, async (control, api) => {
    if ((await knownQueues(api, [queue])).length === 0) return
    const rows: string[][] = []
    const now = systemTime()
    let left = limit
    let cursor: string | null = null
    let total: number
    do {
      const page = await control.list({ queue, state }, { cursor, limit: Math.min(left, 500) })
      for (const task of page.tasks) {
        if (flags.json === true) printJson('ls --state', task)
        else rows.push(taskRow(task, now))
      }
      left -= page.tasks.length
      ;({ cursor, total } = page)
    } while (cursor !== null && left > 0)
    if (flags.json === true) return
    printTable(TASK_HEADS, rows)
    if (total > rows.length) console.error(`${counted(rows.length)} of ${counted(total)}: --limit shows more`)
  })
}
