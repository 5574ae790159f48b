/*
 * A parked task waits for a permit where the permits are, and is delayed where its queue is. Here these are two servers: what one of them
 * forgets, the other one knows still. Behind Sentinels it is so for a moment: the connections of a process follow the new master one after
 * the other.
 */
import { Redis } from 'ioredis'
import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RedisBroker } from '../../lib/stores/redis/redis-broker.js'
import type { Deferred } from '../../lib/util/deferred.js'
import { deferred } from '../../lib/util/deferred.js'
import { CAN_FORGET, Past } from '../stores/redis/past.js'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import { until } from '../support/until.js'

const QUEUE = 'pulsarqueue'
const WAITERS = '{pq:lock:limit%3Aparked.work}:waiters'
const runs = new Map<string, Deferred<string>>()

const job = defineJob(
  { name: 'parked.work', maxConcurrency: 1, maxRetries: 1, retryDelay: '1h' },
  async (name: string) => {
    const run = deferred<string>()
    runs.set(name, run)
    return await run.promise
  },
)

const started = async (name: string): Promise<Deferred<string>> => await until(`${name} to start`, () => runs.get(name))

describe('a parked task, after a failover', () => {
  let queues: RedisServer
  let permits: RedisServer
  let app: PulsarQueue
  let api: Api
  let broker: RedisBroker
  const clients: Redis[] = []

  const clientOf = (server: RedisServer): Redis => {
    const client = new Redis(server.url)
    clients.push(client)
    return client
  }
  const queue = async (name: string): Promise<void> => {
    await api.tasks.queue(job, [name], { id: name, callback: false })
  }
  const parked = async (count = 1): Promise<void> => {
    await until('parked tasks', async () => ((await broker.size(QUEUE)).delayed === count ? true : undefined))
  }
  const whenOver = async (...names: string[]): Promise<void> => {
    const statuses = async (): Promise<unknown[]> =>
      (await broker.get(QUEUE, names)).map((record) => record?.header.status)
    await until('all to end', async () => ((await statuses()).every((status) => status === 1) ? true : undefined))
  }

  beforeEach(async () => {
    ;[queues, permits] = await Promise.all([startRedisServer(CAN_FORGET), startRedisServer(CAN_FORGET)])
    app = new PulsarQueue({
      ...{ messageBroker: queues.url, dataStore: permits.url },
      ...{
        workers: 0,
        concurrentTasks: 5,
        leaseTtl: '2s',
        handleSignals: false,
        parseConsole: false,
        logLevel: 'silent',
      },
    })
    broker = new RedisBroker(queues.url)
    await Promise.all([app.start(), broker.connect()])
    api = await app.api().start()
    await queue('a')
    await started('a')
  })

  afterEach(async () => {
    for (const run of runs.values()) run.resolve('late')
    runs.clear()
    await app.close()
    await broker.close()
    for (const client of clients.splice(0)) client.disconnect()
    await Promise.all([queues.stop(), permits.stop()])
  })

  it('asks for a permit again where the store of permits has forgotten that it waits', async () => {
    const past = await Past.of(clientOf(permits))
    await queue('b')
    await parked()
    await past.giveBack()
    ;(await started('a')).resolve('done')
    ;(await started('b')).resolve('done')
    await whenOver('a', 'b')
  })

  it('asks again also where that was forgotten before it was parked', async () => {
    const [redis, ofQueues] = [clientOf(permits), clientOf(queues)]
    const past = await Past.of(redis)
    // It waits for its permit, and then its queue takes no writes: it is with its worker.
    await redis.client('PAUSE', 60_000, 'WRITE')
    await queue('b')
    await until('b to be held', async () => ((await broker.size(QUEUE)).held === 2 ? true : undefined))
    await ofQueues.client('PAUSE', 60_000, 'WRITE')
    await redis.client('UNPAUSE')
    await until('b to wait', async () => ((await redis.zcard(WAITERS)) === 1 ? true : undefined))
    await past.giveBack()
    await until('the worker to connect again', async () => {
      const list = (await redis.client('LIST')) as string
      return list.includes('name=pulsar-queue-locks') ? true : undefined
    })
    await ofQueues.client('UNPAUSE')
    ;(await started('a')).resolve('done')
    ;(await started('b')).resolve('done')
    await whenOver('a', 'b')
  })

  it('is left alone where it has run since, and waits for its retry', async () => {
    await queue('b')
    await parked()
    await queue('c')
    await parked(2)
    ;(await started('a')).resolve('done')
    ;(await started('b')).reject(new Error('fails'))
    const last = await started('c')
    const past = await Past.of(clientOf(permits))
    await queue('d')
    await parked(2)
    await past.giveBack()
    last.resolve('done')
    ;(await started('d')).resolve('done')
    await whenOver('a', 'c', 'd')
    // It was parked before the others, and is delayed still.
    expect(await broker.size(QUEUE)).toEqual({ ready: 0, delayed: 1, held: 0 })
  })
})
