import { Redis } from 'ioredis'
import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'

/** What a task may cost, as counts: times differ from machine to machine. `npm run bench` measures those. */
const BUDGETS = {
  scriptsQueued: 0.01,
  scriptsProcessed: 0.05,
  bytesQueued: 190,
  bytesFinished: 240,
}

let runs = 0
let wanted = Infinity
let reached: () => void = () => undefined

const job = defineJob({ name: 'budgets.sum' }, (a: number, b: number) => {
  runs += 1
  if (runs === wanted) reached()
  return a + b
})

/** Resolves when so many tasks have begun to run. */
async function ran(tasks: number): Promise<void> {
  wanted = tasks
  await new Promise<void>((resolve) => {
    reached = resolve
    if (runs >= wanted) resolve()
  })
}

describe('a task on Redis', () => {
  let server: RedisServer
  let redis: Redis
  let producer: PulsarQueue
  let api: Api

  const settings = () => ({ dataStore: server.url, workers: 0, parseConsole: false, logLevel: 'warn' }) as const
  const scriptCalls = async (): Promise<number> =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)

  /** Bytes of all keys: what the server holds for its connections is no part of a task. */
  const bytes = async (): Promise<number> => {
    const sizes = (await redis.keys('*')).map(async (key) => await redis.memory('USAGE', key, 'SAMPLES', 0))
    return (await Promise.all(sizes)).reduce<number>((sum, size) => sum + Number(size), 0)
  }

  /** Queues tasks with one call for each thousand, and waits until they are stored. */
  const queue = async (tasks: number): Promise<void> => {
    for (let left = tasks; left > 0; left -= 1_000) {
      const list = Array.from({ length: Math.min(1_000, left) }, () => ({ a: 4, b: 6 }))
      await Promise.all(api.tasks.queueMany(job, list, { callback: false }))
    }
  }

  /** Lets a worker run so many tasks, and then stop: all outcomes are recorded, and its connections are gone. */
  const work = async (tasks: number, concurrentTasks = 100): Promise<void> => {
    const worker = new PulsarQueue({ ...settings(), concurrentTasks })
    await worker.start()
    await ran(tasks)
    await worker.close()
  }

  beforeEach(async () => {
    runs = 0
    server = await startRedisServer()
    redis = new Redis(server.port, '127.0.0.1')
    producer = new PulsarQueue(settings())
    api = await producer.api().start()
  })
  afterEach(async () => {
    await producer.close()
    redis.disconnect()
    await server.stop()
  })

  it('takes a hundredth of a script call to queue, of 1,000 calls at once', async () => {
    const call = () => api.tasks.queue(job, { a: 4, b: 6 }, { callback: false })
    await call()
    const before = await scriptCalls()
    await Promise.all(Array.from({ length: 1_000 }, call))
    expect(((await scriptCalls()) - before) / 1_000).toBeLessThanOrEqual(BUDGETS.scriptsQueued)
  })

  it.each([1, 10, 100])('takes a twentieth of a script call to claim and to settle, with %i slots', async (slots) => {
    await queue(5_000)
    const before = await scriptCalls()
    await work(5_000, slots)
    expect(((await scriptCalls()) - before) / 5_000).toBeLessThanOrEqual(BUDGETS.scriptsProcessed)
    expect((await api.broker.stats('pulsarqueue')).succeeded).toBe(5_000)
  })

  it('takes few bytes of the server while it is queued, and when it is over', async () => {
    await queue(20_000)
    expect((await bytes()) / 20_000).toBeLessThanOrEqual(BUDGETS.bytesQueued)
    await work(20_000)
    const finished = (await bytes()) / 20_000
    expect(finished).toBeLessThanOrEqual(BUDGETS.bytesFinished)
    // The records are there: else nothing was measured.
    expect(finished).toBeGreaterThan(100)
  })
})
