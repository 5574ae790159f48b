import { randomUUID } from 'node:crypto'
import { described, InvalidOptionError, NotFoundError, WorkerOrderError } from '../errors.js'
import { didYouMean } from '../util/did-you-mean.js'
import { MOST_SLOTS } from '../model/most-slots.js'
import type { OrderedLogLevel, WorkerOrder } from '../model/worker-order.js'
import { nodeOfId } from '../model/worker-id.js'
import type { ActOptions } from './acts.js'
import { askWorker } from './ask-worker.js'
import { checkOptions, OPTIONS } from './check-options.js'
import type { ControlParts } from './control-parts.js'
import { listWorkers } from './list-workers.js'
import type { WorkerOverview } from './looks.js'
import { noteAct, userAtHost } from './run-act.js'

/** Acts on one worker. Each resolves when the worker has said that it does so. @throws {@link WorkerOrderError} */
export interface WorkerControl {
  /** The worker claims no more tasks; those that run go on. */
  quiet(options?: ActOptions): Promise<void>
  /** Ends `quiet`. */
  resume(options?: ActOptions): Promise<void>
  /** The worker stops as after SIGTERM, and its supervisor starts no other one in its place. */
  stop(options?: ActOptions): Promise<void>
  /** Number of tasks that it runs at once, 1 to 10,000, until its process ends. Threads and child processes stay as many as they are. */
  concurrency(tasks: number, options?: ActOptions): Promise<void>
  /** Lowest level that it logs, until its process ends. */
  logLevel(level: OrderedLogLevel, options?: ActOptions): Promise<void>
}

/** Time in which a worker answers, ms. */
const PATIENCE = 5_000
const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error'] satisfies readonly OrderedLogLevel[]

export function controlWorker(parts: ControlParts, name: string): WorkerControl {
  const send = async (order: WorkerOrder, options: ActOptions = {}): Promise<void> => {
    checkOptions(options, OPTIONS.act)
    await giveOrder(parts, name, order, options)
  }
  return {
    quiet: async (options) => await send({ act: 'quiet' }, options),
    resume: async (options) => await send({ act: 'resume' }, options),
    stop: async (options) => await send({ act: 'stop' }, options),
    async concurrency(tasks, options) {
      if (!Number.isInteger(tasks) || tasks < 1 || tasks > MOST_SLOTS) {
        throw new InvalidOptionError('concurrency', `a whole number from 1 to ${String(MOST_SLOTS)}`, described(tasks))
      }
      await send({ act: 'concurrency', tasks }, options)
    },
    async logLevel(level, options) {
      if (!LEVELS.includes(level)) throw new InvalidOptionError('logLevel', LEVELS.join(', '), described(level))
      await send({ act: 'log-level', level }, options)
    },
  }
}

async function giveOrder(parts: ControlParts, name: string, order: WorkerOrder, options: ActOptions): Promise<void> {
  const workers = await listWorkers(parts)
  const worker = workers.find((one) => one.name === name)
  if (worker === undefined) {
    const names = workers.map((each) => each.name)
    throw new NotFoundError('worker', name, didYouMean(name, names, 'pq workers lists them'))
  }
  const refusal = await answerOf(parts, worker, order, options.by ?? userAtHost())
  const value = 'tasks' in order ? ` ${String(order.tasks)}` : 'level' in order ? ` ${order.level}` : ''
  const done = refusal === null ? 1 : 0
  const act = { act: `worker-${order.act}`, operation: randomUUID(), target: `worker:${name}${value}` }
  await noteAct(parts, { ...act, done, skipped: 1 - done }, options)
  if (refusal !== null) throw new WorkerOrderError(name, order.act, refusal)
}

/** @returns null: the worker does so; else why not */
async function answerOf(
  parts: ControlParts,
  { name, queues }: WorkerOverview,
  order: WorkerOrder,
  by: string,
): Promise<string | null> {
  const leases = queues.filter(({ state }) => state === 'alive')
  if (leases.length === 0) {
    return 'its lease has lapsed: its process is gone or blocked, and other workers take over what it held'
  }
  const given = await askWorker(parts, leases, { order, by, patience: PATIENCE })
  if (given === 'unheard') return 'nobody hears what is sent to it: its process has ended, and its lease lapses soon'
  if (given !== 'silent') return given.refusal
  return `it has not answered within ${String(PATIENCE / 1_000)} s: its event loop may be blocked, or it is of an older version; look at its log, or send SIGTERM to its process on ${nodeOfId(name) ?? 'its host'}`
}
