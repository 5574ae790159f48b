import type { Command } from 'commander'
import { Option } from 'commander'
import type { OrderedLogLevel } from '../model/worker-order.js'
import type { WorkerControl } from '../operate/worker-control.js'
import { wordArgument } from './word-argument.js'
import type { OperatorFlags } from './operator-command.js'
import { operatorCommand, printJson, withControl } from './operator-command.js'
import { UsageError, unknownWord } from './report-error.js'
import { printable } from './printable.js'
import { printTable } from './table.js'
import { wholeOf } from './whole-of.js'

interface WorkerFlags extends OperatorFlags {
  readonly tasks?: string
  readonly level?: OrderedLogLevel
  readonly reason?: string
}

/** What a worker does when the order has been taken. */
const ORDERS = {
  quiet: 'claims no more tasks',
  resume: 'claims tasks again',
  stop: 'stops when what it runs is over',
  concurrency: 'runs another number of tasks at once',
  'log-level': 'logs at another level',
} as const
type Order = keyof typeof ORDERS

/** `pq workers`: lists the workers that have a lease, and tells one what to do. */
export function workersCommand(): Command {
  return operatorCommand(
    'workers',
    'List the workers, with the queues that they consume and the tasks that they hold, or tell some what to do.',
    {
      notes: [
        'quiet: it claims no more, and what it runs goes on; resume ends that. stop: as after SIGTERM, and nothing takes its place.',
        'An order is taken at once or refused; a worker that does not answer in five seconds is named, with what to do.',
      ],
      examples: [
        ['List all workers', 'pq workers'],
        ['Let a worker finish, before its host goes', 'pq workers quiet host-1:4711 --reason "new kernel"'],
        ['Run ten tasks at once', 'pq workers concurrency host-1:4711 --tasks 10'],
      ],
      exitCodes: '0 success, 1 failure, no such worker, or an order that was not taken, 2 wrong usage.',
    },
  )
    .addArgument(wordArgument('order', 'What they are told; without it, workers are listed', Object.keys(ORDERS)))
    .argument('[names...]', 'Names of workers')
    .option('--tasks <n>', 'Number of tasks at once, for concurrency')
    .addOption(
      new Option('--level <level>', 'Lowest level, for log-level').choices(['trace', 'debug', 'info', 'warn', 'error']),
    )
    .option('--reason <text>', 'Why: it stands in the log of acts')
    .action(async (order: string | undefined, names: readonly string[], flags: WorkerFlags) => {
      if (order === undefined) await list(flags)
      else await tell(orderOf(order), names, flags)
    })
}

async function list(flags: OperatorFlags): Promise<void> {
  const workers = await withControl(flags, async (control) => await control.workers())
  if (flags.json === true) for (const worker of workers) printJson('workers', worker)
  else {
    const rows = workers.map(({ name, state, held, queues }) => [
      name,
      state,
      String(held),
      String(Math.max(0, ...queues.map(({ slots }) => slots))),
      queues.map(({ queue }) => queue).join(', '),
    ])
    printTable(['WORKER', 'STATE', 'RUNNING', 'SLOTS', 'QUEUES'], rows)
  }
}

function orderOf(text: string): Order {
  if (Object.hasOwn(ORDERS, text)) return text as Order
  throw unknownWord(text, Object.keys(ORDERS))
}

async function tell(order: Order, names: readonly string[], flags: WorkerFlags): Promise<void> {
  if (names.length === 0) throw new UsageError(`expected the name of a worker behind ${order}; pq workers lists them`)
  const give = giverOf(order, flags)
  await withControl(flags, async (control) => {
    for (const name of names) {
      await give(control.worker(name))
      if (flags.json === true) printJson('workers order', { worker: name, order })
      else console.log(`${printable(name)} ${ORDERS[order]}`)
    }
  })
}

function giverOf(order: Order, { tasks, level, reason }: WorkerFlags): (worker: WorkerControl) => Promise<void> {
  const options = { reason, from: 'cli' }
  if (order === 'concurrency') {
    const number = wholeOf('--tasks', tasks)
    if (number === undefined) throw new UsageError('expected --tasks <n> for concurrency')
    return async (worker) => await worker.concurrency(number, options)
  }
  if (order === 'log-level') {
    if (level === undefined) throw new UsageError('expected --level <level> for log-level')
    return async (worker) => await worker.logLevel(level, options)
  }
  return async (worker) => await worker[order](options)
}
