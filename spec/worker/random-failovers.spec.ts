/*
 * Failovers at random moments: a real Redis goes back to what it held up to 25 steps before, while three workers and a producer go
 * on. The workers' tasks end, fail and run again, are revoked and are queued all the while.
 *
 * Each run prints its seed. PQ_FAILOVER_SEED=<seed> plays the same steps again; PQ_FAILOVER_TASKS=<n> goes on until so many tasks
 * were queued (default: 120, as CI does).
 */
import { Redis } from 'ioredis'
import type { Api, JobContext, TaskFuture } from 'pulsar-queue'
import { defineJob, isPulsarError, Logger, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Deferred } from '../../lib/util/deferred.js'
import { deferred } from '../../lib/util/deferred.js'
import { CAN_FORGET, Past } from '../stores/redis/past.js'
import { KeptLogger } from '../support/kept-logger.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import { until } from '../support/until.js'

const SEED = Number(process.env['PQ_FAILOVER_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const TASKS = Number(process.env['PQ_FAILOVER_TASKS'] ?? 120)
const MOST_LOST = 25
const WORKERS = 3
/** Tasks that have not ended well, at most, which one look at the end finds. */
const MOST_BAD = 20

interface Start {
  readonly fence: number
  readonly signal: AbortSignal
  readonly end: Deferred<string>
  isOver: boolean
}

interface Queued {
  readonly name: string
  readonly future: TaskFuture
  readonly starts: Start[]
  failures: number
  isRevoked: boolean
}

const tasks = new Map<string, Queued>()
/** What must not be: a start of a task that a living worker runs, or whose last run has succeeded. A forgotten revocation is none. */
const secondStarts: string[] = []
let endsAll = false

async function work(this: JobContext, name: string): Promise<string> {
  const task = tasks.get(name)
  if (!task) throw new Error(`${name} was never queued`)
  const start = { fence: this.fence, signal: this.signal, end: deferred<string>(), isOver: false }
  const counted = task.starts.filter(({ signal }) => !signal.aborted)
  if (counted.some(({ isOver }) => !isOver) || counted.length > task.failures) secondStarts.push(name)
  task.starts.push(start)
  if (endsAll) start.end.resolve('at the end')
  try {
    return await start.end.promise
  } finally {
    start.isOver = true
  }
}

const retries = { maxRetries: 50, retryDelay: '5ms' } as const
const job = defineJob({ ...retries, name: 'failovers.work' }, work)
/** Its tasks are parked while too many run. */
const limited = defineJob({ ...retries, name: 'failovers.limited', maxConcurrency: 2 }, work)

/** A small generator of random numbers from 0 to 1, which a seed determines. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('workers and producers whose Redis forgets its latest writes again and again', () => {
  let server: RedisServer
  let redis: Redis
  let api: Api
  const apps: PulsarQueue[] = []
  const logger = new KeptLogger()

  beforeEach(async () => {
    server = await startRedisServer(CAN_FORGET)
    redis = new Redis(server.url)
    for (let i = 0; i <= WORKERS; i++) {
      const settings = {
        workers: 0,
        concurrentTasks: 4,
        handleSignals: false,
        parseConsole: false,
        leaseTtl: '2s',
      } as const
      const app = new PulsarQueue({ dataStore: server.url, ...settings })
      app.container.register(Logger, { useValue: logger })
      apps.push(app)
      if (i > 0) await app.start()
      else api = await app.api().start()
    }
  })
  afterEach(async () => {
    for (const { starts } of tasks.values()) for (const { end } of starts) end.resolve('late')
    for (const app of apps.splice(0)) await app.close()
    redis.disconnect()
    await server.stop()
  })

  const queue = async (random: () => number): Promise<void> => {
    const name = `task ${String(tasks.size)}`
    const delay = random() < 0.2 ? ('30ms' as const) : undefined
    const options = { callback: random() < 0.5, priority: Math.floor(random() * 10), delay }
    const id = random() < 0.3 ? `own ${name}` : undefined
    const future = api.tasks.queue(random() < 0.3 ? limited : job, [name], { ...options, id })
    tasks.set(name, { name, future, starts: [], failures: 0, isRevoked: false })
    future.catch(() => undefined)
    if (!options.callback) await future
  }

  const running = (): { task: Queued; start: Start }[] =>
    [...tasks.values()].flatMap((task) => {
      const start = task.starts.at(-1)
      return start && !start.isOver && !start.signal.aborted ? [{ task, start }] : []
    })

  const endOne = (random: () => number): void => {
    const all = running()
    const { task, start } = all[Math.floor(random() * all.length)] ?? {}
    if (!task || !start) return
    if (random() < 0.25) {
      task.failures += 1
      start.end.reject(new Error('fails'))
    } else start.end.resolve('done')
  }

  const revoke = async (random: () => number): Promise<void> => {
    const all = [...tasks.values()].filter(({ starts, isRevoked }) => !isRevoked && !starts.some((each) => each.isOver))
    const task = all[Math.floor(random() * all.length)]
    if (!task) return
    task.isRevoked = true
    await api.tasks.revoke(task.future.id)
  }

  const step = async (random: () => number): Promise<void> => {
    const kind = random()
    if (kind < 0.4) await queue(random)
    else if (kind < 0.85) endOne(random)
    else if (kind < 0.87) await revoke(random)
    else await new Promise((resolve) => setTimeout(resolve, random() * 40))
  }

  /** How a task has ended, told by the store. */
  const outcome = async ({ name, future, starts, isRevoked }: Queued): Promise<string> => {
    const task = await api.tasks.get(future.id)
    if (task === null) return `${name} is lost, after ${String(starts.length)} starts: ${String(future)}`
    if (!task.done()) return `${name} is stranded as ${task.statusString}`
    const expected = isRevoked ? ['SUCCESS', 'REVOKED'] : ['SUCCESS']
    if (!expected.includes(task.statusString)) return `${name} ended as ${task.statusString}`
    const fences = starts.map(({ fence }) => fence)
    return fences.every((fence, i) => i === 0 || fence > (fences[i - 1] ?? 0)) ? 'good' : `${name} has fences that fall`
  }

  it(
    'strand no task, lose none, and start none that a living worker runs',
    async () => {
      const random = generator(SEED)
      let failovers = 0
      while (tasks.size < TASKS) {
        for (let i = Math.floor(random() * 10); i > 0; i--) await step(random)
        const past = await Past.of(redis)
        for (let i = Math.floor(random() * MOST_LOST); i >= 0; i--) await step(random)
        await past.giveBack()
        failovers += 1
      }
      endsAll = true
      for (const { start } of running()) start.end.resolve('at the end')
      const left = (): Queued[] => [...tasks.values()].filter(({ starts }) => !(starts.at(-1)?.isOver ?? false))
      let bad: string[] = []
      const unknown = new Set(tasks.values())
      const judge = async (): Promise<true | undefined> => {
        bad = []
        for (const task of unknown) {
          const said = await outcome(task)
          if (said === 'good') unknown.delete(task)
          else bad.push(said)
          // Many wait, and are worked off by this process: each look would be at all of them.
          if (bad.length >= MOST_BAD) return undefined
        }
        return unknown.size === 0 ? true : undefined
      }
      await until('all to end', judge, 30_000 + TASKS * 20).catch(() => undefined)
      const futures = await Promise.allSettled(
        [...tasks.values()].map(async ({ future }) => await Promise.race([future.result(), after(20_000)])),
      )
      const hanging = futures.filter((each) => each.status === 'fulfilled' && each.value === HANGS)
      const rejected = futures.filter(
        (each) => each.status === 'rejected' && !isPulsarError(each.reason, 'PQ_TASK_REVOKED'),
      )
      process.stdout.write(
        `failovers: seed ${String(SEED)}, ${String(tasks.size)} tasks, ${String(failovers)} failovers, ` +
          `${String(unknown.size)} stranded or lost, ${String(secondStarts.length)} second starts, ` +
          `${String(rejected.length)} futures rejected, ${String(left().length)} not run\n`,
      )
      expect({ bad, secondStarts, hanging, rejected }).toEqual({ bad: [], secondStarts: [], hanging: [], rejected: [] })
    },
    60_000 + TASKS * 200,
  )
})

const HANGS = 'the future hangs'

async function after(ms: number): Promise<string> {
  return await new Promise((resolve) => {
    setTimeout(() => {
      resolve(HANGS)
    }, ms).unref()
  })
}
