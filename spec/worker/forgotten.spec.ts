import { Redis } from 'ioredis'
import type { Api, Duration, Task } from 'pulsar-queue'
import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Deferred } from '../../lib/util/deferred.js'
import { deferred } from '../../lib/util/deferred.js'
import { CAN_FORGET, Past } from '../stores/redis/past.js'
import { KeptLogger } from '../support/kept-logger.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import { until } from '../support/until.js'

interface Start {
  readonly name: string
  readonly fence: number
  readonly signal: AbortSignal
  readonly end: Deferred<string>
}

/** In order. */
const starts: Start[] = []

const job = defineJob({ name: 'failover.work', maxRetries: 1 }, async function (name: string) {
  const start = { name, fence: this.fence, signal: this.signal, end: deferred<string>() }
  starts.push(start)
  return await start.end.promise
})

const startsOf = (name: string): Start[] => starts.filter((start) => start.name === name)
const started = async (name: string, times = 1): Promise<Start> =>
  await until(`${name} to start`, () => startsOf(name)[times - 1])

describe('a worker whose Redis has forgotten what it acknowledged', () => {
  let server: RedisServer
  let redis: Redis
  const apps: PulsarQueue[] = []
  const logger = new KeptLogger()

  /** @param concurrentTasks - 0: it only produces */
  const open = async (concurrentTasks: number, leaseTtl: Duration = '15s'): Promise<Api> => {
    const settings = {
      leaseTtl,
      workers: 0,
      concurrentTasks: Math.max(1, concurrentTasks),
      handleSignals: false,
      parseConsole: false,
    } as const
    const app = new PulsarQueue({ dataStore: server.url, ...settings })
    app.container.register(Logger, { useValue: logger })
    apps.push(app)
    if (concurrentTasks > 0) await app.start()
    return await app.api().start()
  }

  /** Two tasks run in a worker with a short lease, which are known to their producer, the first of the apps, too. */
  const bothRun = async () => {
    const producer = await open(0)
    await open(2, '1s')
    const { id: one } = await producer.tasks.queue(job, ['one'], { callback: false })
    const { id: two } = await producer.tasks.queue(job, ['two'], { callback: false })
    return { producer, one, two, first: await started('one'), second: await started('two') }
  }

  const ended = async (api: Api, id: string): Promise<Task> =>
    await until(`${id} to end`, async () => {
      const task = await api.tasks.get(id)
      return task?.done() === true ? task : undefined
    })

  beforeEach(async () => {
    server = await startRedisServer(CAN_FORGET)
    redis = new Redis(server.url)
    // One spec stops the server.
    redis.on('error', () => undefined)
    starts.length = 0
  })
  afterEach(async () => {
    for (const { end } of starts) end.resolve('late')
    for (const app of apps.splice(0)) await app.close()
    redis.disconnect()
    await server.stop()
  })

  it('settles again what was forgotten, and goes on with what runs', async () => {
    const api = await open(5)
    const one = await api.tasks.queue(job, ['one'], { callback: false })
    const two = await api.tasks.queue(job, ['two'], { callback: false })
    const [first, second] = [await started('one'), await started('two')]
    const past = await Past.of(redis)
    first.end.resolve('done')
    await ended(api, one.id)
    await past.giveBack()
    expect((await ended(api, one.id)).result).toBe('done')
    expect(second.signal.aborted).toBe(false)
    second.end.resolve('too')
    expect((await ended(api, two.id)).result).toBe('too')
    expect(starts).toHaveLength(2)
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('keeps what it has claimed, though the store gives it to nobody else and knows of no claim', async () => {
    const producer = await open(0)
    const one = await producer.tasks.queue(job, ['one'], { callback: false })
    const two = await producer.tasks.queue(job, ['two'], { callback: false })
    const past = await Past.of(redis)
    await open(5)
    const [first, second] = [await started('one'), await started('two')]
    first.end.reject(new Error('fails once'))
    const again = await started('one', 2)
    expect(again.fence).toBeGreaterThan(first.fence)
    await past.giveBack()
    // Another worker, which looks for tasks as soon as it can.
    await open(5)
    again.end.resolve('done')
    second.end.resolve('too')
    expect((await ended(producer, one.id)).retry).toBe(2)
    expect((await ended(producer, two.id)).result).toBe('too')
    const last = await producer.tasks.queue(job, ['last'], { callback: false })
    ;(await started('last')).end.resolve('last')
    await ended(producer, last.id)
    expect(starts.map(({ name }) => name)).toEqual(['one', 'two', 'one', 'last'])
    expect(starts.every(({ signal }) => !signal.aborted)).toBe(true)
  })

  it('restores what the store does not know at all', async () => {
    const nothing = await Past.of(redis)
    const api = await open(5)
    const one = await api.tasks.queue(job, ['one'], { callback: false })
    const two = await api.tasks.queue(job, ['two'], { callback: false })
    const [first, second] = [await started('one'), await started('two')]
    first.end.resolve('done')
    await ended(api, one.id)
    await nothing.giveBack()
    expect((await ended(api, one.id)).result).toBe('done')
    second.end.resolve('too')
    expect((await ended(api, two.id)).result).toBe('too')
    expect(starts).toHaveLength(2)
  })

  it('restores what it held and what has ended, after the server was away for longer than its lease', async () => {
    const { one, two, first, second } = await bothRun()
    // Nobody but the worker knows of the tasks.
    for (const app of apps.splice(0, 1)) await app.close()
    await server.kill()
    first.end.resolve('done')
    await until('the loss of the lease', () => (second.signal.aborted ? true : undefined))
    await server.restart()
    const api = await open(0)
    expect((await ended(api, one)).result).toBe('done')
    ;(await started('two', 2)).end.resolve('too')
    expect((await ended(api, two)).result).toBe('too')
    expect(starts.map(({ name }) => name)).toEqual(['one', 'two', 'two'])
  })

  it('settles again what was recorded and forgotten, after the server was away for longer than its lease', async () => {
    const { producer, one, two, first, second } = await bothRun()
    first.end.resolve('done')
    await ended(producer, one)
    // Nobody but the worker knows of the tasks.
    for (const app of apps.splice(0, 1)) await app.close()
    await server.kill()
    await until('the loss of the lease', () => (second.signal.aborted ? true : undefined))
    await server.restart()
    const api = await open(0)
    ;(await started('two', 2)).end.resolve('too')
    expect((await ended(api, two)).result).toBe('too')
    expect((await ended(api, one)).result).toBe('done')
    expect(starts.map(({ name }) => name)).toEqual(['one', 'two', 'two'])
  })

  it('settles again what was recorded under a lease that it has left, and that the store then had again', async () => {
    const { producer, one, two, first, second } = await bothRun()
    const past = await Past.of(redis)
    first.end.resolve('done')
    await ended(producer, one)
    server.signal('SIGSTOP')
    await until('the loss of the lease', () => (second.signal.aborted ? true : undefined))
    server.signal('SIGCONT')
    const again = await started('two', 2)
    await past.giveBack()
    expect((await ended(producer, one)).result).toBe('done')
    again.end.resolve('too')
    expect((await ended(producer, two)).result).toBe('too')
    expect(starts.map(({ name }) => name)).toEqual(['one', 'two', 'two'])
    expect(again.signal.aborted).toBe(false)
  })

  it('gets from the producer what waited and was forgotten, and is idle anew', async () => {
    const api = await open(1)
    const past = await Past.of(redis)
    const hold = await api.tasks.queue(job, ['hold'], { callback: false })
    const held = await started('hold')
    const waits = await api.tasks.queue(job, ['waits'], { callback: false })
    await past.giveBack()
    held.end.resolve('done')
    await ended(api, hold.id)
    ;(await started('waits')).end.resolve('done')
    await ended(api, waits.id)
    const next = await api.tasks.queue(job, ['next'], { callback: false })
    ;(await started('next')).end.resolve('done')
    await ended(api, next.id)
    expect(starts.map(({ name }) => name)).toEqual(['hold', 'waits', 'next'])
  })
})
