import { Redis } from 'ioredis'
import type { Lock } from 'pulsar-queue'
import { ConsumerAPI, Logger, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CAN_FORGET, Past } from '../stores/redis/past.js'
import { KeptLogger } from '../support/kept-logger.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import { until } from '../support/until.js'

describe('a lock on Redis', () => {
  let redis: RedisServer
  let app: PulsarQueue

  beforeAll(async () => {
    redis = await startRedisServer()
    const dataStore = `${redis.url}?connectTimeout=60s`
    app = new PulsarQueue({ dataStore, leaseTtl: '1s', logLevel: 'silent' })
    await app.api().start()
  })
  afterAll(async () => {
    await app.close()
    await redis.stop()
  })

  it('is lost when its time is over, whatever the server replies later', async () => {
    const lock = await app.api().lock('hung')
    redis.signal('SIGSTOP')
    // The server does not answer, and calls wait for it for a minute. Only this process itself can notice the loss.
    await until('the loss', () => (lock.signal.aborted ? true : undefined))
    redis.signal('SIGCONT')
    expect(lock.signal.reason).toMatchObject({ message: 'lock hung was lost' })
    await lock.release().catch(() => false)
  })

  it('outlives the expiry of its keys while it is renewed', async () => {
    await using lock = await app.api().lock('old')
    const client = new Redis(redis.url)
    const keys = await client.keys('*lock*old*')
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) await client.pexpire(key, 3_600_000)
    await until('a renewal', async () => {
      const left = await Promise.all(keys.map(async (key) => await client.pttl(key)))
      return left.every((ms) => ms > 3_600_000) ? true : undefined
    })
    await client.quit()
    expect(lock.signal.aborted).toBe(false)
  })
})

describe.each([
  ['the main thread', false],
  ['the heartbeat thread', true],
])('a lock that cannot be renewed beside one that can, by %s', (_thread, isServing) => {
  let redis: RedisServer
  let app: PulsarQueue
  const logger = new KeptLogger()

  beforeAll(async () => {
    redis = await startRedisServer()
    app = new PulsarQueue({ dataStore: redis.url, leaseTtl: '1s', parseConsole: false, workers: 0 })
    app.container.register(Logger, { useValue: logger })
    await app.api().start()
    if (isServing) await app.start()
  })
  afterAll(async () => {
    await app.close()
    await redis.stop()
  })

  it('is in the log when that begins and when it is over, and not in between', async () => {
    await using good = await app.api().lock('good')
    const bad = await app.api().lock('bad')
    const client = new Redis(redis.url)
    const [key = ''] = await client.keys('*lock*bad*holders')
    await client.set(key, 'of another type')
    await until('the loss', () => (bad.signal.aborted ? true : undefined))
    const said = await until('the end', () => {
      const lines = logger.lines.filter(({ message }) => message.includes('renewed') && !message.includes('was lost'))
      return lines.at(-1)?.level === 'info' ? lines : undefined
    })
    const [first, ...others] = said.map(({ level, message }) => `${level} ${message.split(',')[0] ?? ''}`)
    expect(first).toBe('warn locks could not be renewed')
    expect(others.pop()).toBe('info locks are renewed again')
    expect(new Set(others)).toEqual(new Set(others.length > 0 ? ['debug locks could not be renewed'] : []))
    expect(good.signal.aborted).toBe(false)
    await client.quit()
  })
})

describe('a lock of an api whose app cannot start', () => {
  let redis: RedisServer
  let app: PulsarQueue
  let lock: Lock | null = null

  class Failing extends ConsumerAPI {
    readonly name = 'failing'
    execute() {
      return null
    }
    /** By now the heartbeat thread of the worker renews. */
    override async start() {
      lock = await app.api().lock('taken')
      throw new Error('not today')
    }
  }

  beforeAll(async () => {
    redis = await startRedisServer()
    const settings = { leaseTtl: '1s', logLevel: 'silent', parseConsole: false, workers: 0 } as const
    app = new PulsarQueue({ dataStore: redis.url, consumers: [Failing], ...settings })
    await app.api().start()
  })
  afterAll(async () => {
    await app.close()
    await redis.stop()
  })

  it('is renewed after the failed start, too', async () => {
    await expect(app.start()).rejects.toThrow('not today')
    const client = new Redis(redis.url)
    const keys = await client.keys('*lock*taken*')
    for (const key of keys) await client.pexpire(key, 3_600_000)
    await until('a renewal', async () => {
      const left = await Promise.all(keys.map(async (key) => await client.pttl(key)))
      return left.every((ms) => ms > 3_600_000) ? true : undefined
    })
    await client.quit()
    expect(lock?.signal.aborted).toBe(false)
    expect(await lock?.release()).toBe(true)
  })
})

describe.each([
  ['the main thread', false],
  ['the heartbeat thread', true],
])('a lock that its Redis has forgotten, renewed by %s', (_thread, isServing) => {
  let server: RedisServer
  let redis: Redis
  let app: PulsarQueue

  beforeAll(async () => {
    server = await startRedisServer(CAN_FORGET)
    redis = new Redis(server.url)
    app = new PulsarQueue({
      dataStore: server.url,
      leaseTtl: '3s',
      parseConsole: false,
      workers: 0,
      logLevel: 'silent',
    })
    if (isServing) await app.start()
    await app.api().start()
  })
  afterAll(async () => {
    await app.close()
    redis.disconnect()
    await server.stop()
  })

  it('is held again where it is free, under its fence, and is lost where another one has it', async () => {
    const takenKey = '{pq:lock:lock%3Ataken}:holders'
    await redis.zadd(takenKey, Date.now() + 600_000, 'another')
    const past = await Past.of(redis)
    await redis.del(takenKey)
    const mine = await app.api().lock('mine')
    const taken = await app.api().lock('taken')
    const holders = async (name: string): Promise<string[]> =>
      await redis.zrange(`{pq:lock:lock%3A${name}}:holders`, '0', '-1')
    const renewed = await redis.zscore('{pq:lock:lock%3Amine}:holders', (await holders('mine'))[0] ?? '')
    // The connection that renews has seen the history before.
    await until('a renewal', async () => {
      const score = await redis.zscore('{pq:lock:lock%3Amine}:holders', (await holders('mine'))[0] ?? '')
      return score === renewed ? undefined : true
    })
    await past.giveBack()
    await until('the lock', async () => ((await holders('mine')).length === 1 ? true : undefined))
    await until('the loss', () => (taken.signal.aborted ? true : undefined))
    expect(mine.signal.aborted).toBe(false)
    expect(await mine.release()).toBe(true)
    expect((await app.api().lock('mine')).fence).toBeGreaterThan(mine.fence)
  })

  it('says that it was held, where its release is the first call behind the change', async () => {
    for (let i = 0; i < 5; i++) {
      const lock = await app.api().lock('late')
      const past = await Past.of(redis)
      await past.giveBack()
      expect(await lock.release()).toBe(true)
    }
  })

  it('is free at once for those who wait, where the store has forgotten that others were served', async () => {
    const waiters = async (): Promise<number> => await redis.zcard('{pq:lock:lock%3Aturn}:waiters')
    const first = await app.api().lock('turn')
    const second = app.api().lock('turn')
    await until('the second to wait', async () => ((await waiters()) === 1 ? true : undefined))
    const past = await Past.of(redis)
    expect(await first.release()).toBe(true)
    expect(await (await second).release()).toBe(true)
    await past.giveBack()
    const third = await app.api().lock('turn', { timeout: '2s' })
    expect(await waiters()).toBe(0)
    expect(await third.release()).toBe(true)
  })
})
