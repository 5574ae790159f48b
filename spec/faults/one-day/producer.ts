/*
 * The producer of one day: each minute it queues some tasks, some delayed and some that fail, for ONE_DAY_HOURS hours. It waits for all of
 * them, and writes what it has seen into the directory ONE_DAY.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Task, TaskFuture } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { tellUsage } from '../long-run/usage.js'
import { Random } from '../random.js'
import type { DayReport } from './report.js'

const [MINUTE, HOUR] = [60_000, 3_600_000]
/** Tasks a minute that run at once. */
const STEPS = 5
/** In this time there is a moment without a task of a tick. */
const TICKS_OVER = 10 * MINUTE

const env = (name: string): string => process.env[name] ?? ''
const directory = env('ONE_DAY')
const random = new Random(Number(env('ONE_DAY_SEED')))
const app = new PulsarQueue({
  dataStore: env('ONE_DAY_URL'),
  taskPaths: [new URL('jobs.ts', import.meta.url)],
  parseConsole: false,
  logLevel: 'warn',
})
const api = await app.api().start()
const tasks = api.tasks as { queue(job: string, args: object, options: object): TaskFuture }

const queued: Record<string, number> = {}
const odd: string[] = []
const late: number[] = []
const open = new Set<Promise<void>>()

tellUsage(join(directory, 'usage'), 'producer', () => ({ outstanding: open.size }), 10 * MINUTE)
process.stdout.write('ready\n')

/** Queues a task, and checks its end when it comes. */
function put(job: string, args: object, options: object, expected: (task: Task) => boolean): void {
  queued[job] = (queued[job] ?? 0) + 1
  const ended = tasks.queue(job, args, options).then(
    (task) => {
      if (!expected(task))
        odd.push(`${job} ${task.id} ended as ${task.statusString} with ${JSON.stringify(task.result)}`)
    },
    (error: unknown) => void odd.push(`${job}: ${String(error)}`),
  )
  open.add(ended)
  void ended.finally(() => open.delete(ended))
}

/** Notes by how much it was late. Nothing starts before it is due. */
function onTime({ result }: Task): boolean {
  late.push(result as number)
  return typeof result === 'number' && result >= 0
}

async function minute(count: number): Promise<void> {
  for (let i = 0; i < STEPS; i++) put('step', { n: i }, {}, ({ result }) => result === i)
  const delay = random.between(1, 3_600) * 1_000
  put('delayed', { delay }, { delay: delay / 1_000 }, onTime)
  if (count % 5 === 0) put('flaky', {}, {}, onTime)
  if (count % 10 === 0)
    put('fails', {}, {}, ({ statusString, error }) => statusString === 'FAILURE' && error?.message === 'as planned')
  await new Promise((resolve) => setTimeout(resolve, MINUTE))
}

const minutes = (Number(env('ONE_DAY_HOURS')) * HOUR) / MINUTE
for (let count = 0; count < minutes; count++) await minute(count)
while (open.size > 0) await Promise.all(open)

async function tasksLeft(): Promise<number> {
  const queues = await api.broker.queues()
  const sizes = await Promise.all(queues.map(async (queue) => await api.broker.size(queue)))
  return sizes.reduce((sum, { ready, delayed, held }) => sum + ready + delayed + held, 0)
}

// A tick of each minute has a task, too, which may run just now. One that is left for good is seen at every look.
const until = Date.now() + TICKS_OVER
let left = await tasksLeft()
while (left > 0 && Date.now() < until) {
  await new Promise((resolve) => setTimeout(resolve, MINUTE / 10))
  left = await tasksLeft()
}
writeFileSync(join(directory, 'report'), JSON.stringify({ queued, odd, late, left } satisfies DayReport))
await app.close()
