/*
 * The producer of a long run: queues LONG_RUN_TASKS tasks, LONG_RUN_RATE a second at most, with at most so many that are not over. It stops
 * queueing when it gets SIGUSR2, and ends when all of its futures have settled. Its history is in the directory LONG_RUN.
 */
import { join } from 'node:path'
import type { Task, TaskFuture } from 'pulsar-queue'
import { PulsarQueue, isPulsarError } from 'pulsar-queue'
import { Random } from '../random.js'
import { EntryWriter } from './entry-writer.js'
import { IdFile } from './id-file.js'
import { tellUsage } from './usage.js'

/** Most tasks that are not over. */
const OUTSTANDING = 20_000
const BATCH = 100
const PER_CENT_FAILING = 1
const PER_CENT_DELAYED = 2
/** Errors of a future whose task was acknowledged. */
const LOST: ReadonlySet<string> = new Set(['PQ_TASK_LOST', 'PQ_RESULT_EXPIRED'])

const env = (name: string): string => process.env[name] ?? ''
const directory = env('LONG_RUN')
const most = Number(env('LONG_RUN_TASKS'))
const rate = Number(env('LONG_RUN_RATE'))
const random = new Random(Number(env('LONG_RUN_SEED')))
const entries = new EntryWriter(join(directory, 'producer'))
const ids = new IdFile(join(directory, 'ids'))

const app = new PulsarQueue({
  dataStore: env('LONG_RUN_URL'),
  taskPaths: [new URL('jobs.ts', import.meta.url)],
  parseConsole: false,
  logLevel: 'warn',
})
const tasks = (await app.api().start()).tasks as {
  queueMany(job: string, args: readonly object[], options: object): readonly TaskFuture[]
}
let [sent, over, isStopping] = [0, 0, false]
/** Called when one more task is over. */
let goOn: () => void = () => undefined

process.on('SIGUSR2', () => {
  isStopping = true
})
tellUsage(join(directory, 'usage'), 'producer', () => ({ outstanding: sent - over }))
process.stdout.write('ready\n')

/** Resolves when at most so many tasks are outstanding. */
async function untilLeft(count: number): Promise<void> {
  while (sent - over > count) await new Promise<void>((resolve) => (goOn = resolve))
}

async function follow(future: TaskFuture, index: number): Promise<void> {
  try {
    const { status, retry, timeEnded, result } = (await future) as Task<{ readonly fence?: number }>
    entries.add('ended', index, { status, run: retry, fence: result?.fence ?? 0, value: timeEnded })
  } catch (error) {
    const isLost = isPulsarError(error) && LOST.has(error.code)
    entries.add(isLost ? 'rejected' : 'refused', index, {})
    process.stderr.write(`${future.id}: ${String(error)}\n`)
  }
  over += 1
  goOn()
}

function call(): void {
  const count = Math.min(BATCH, most - sent)
  const delay = random.chance(PER_CENT_DELAYED / 100) ? random.between(1, 300) : 0
  const args = Array.from({ length: count }, (_, i) => ({
    n: sent + i,
    ms: random.chance(0.3) ? random.between(1, 30) : 0,
    fails: random.chance(PER_CENT_FAILING / 100) ? random.between(1, 2) : 0,
  }))
  const futures = tasks.queueMany('long.step', args, { delay: `${String(delay)}ms` })
  ids.append(futures.map(({ id }) => id))
  for (const [i, future] of futures.entries()) void follow(future, sent + i)
  sent += count
}

const flushing = setInterval(() => {
  entries.flush()
}, 100)
const since = performance.now()
while (sent < most && !isStopping) {
  await untilLeft(OUTSTANDING - BATCH)
  call()
  const early = (sent / rate) * 1_000 - (performance.now() - since)
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
  else await new Promise((resolve) => setImmediate(resolve))
}
await untilLeft(0)
clearInterval(flushing)
entries.close()
ids.close()
await app.close()
