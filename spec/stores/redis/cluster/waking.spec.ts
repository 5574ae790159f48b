import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slotOfKey } from '../../../../lib/stores/redis/cluster/key-slot.js'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import { TestWorker } from '../../conformance/test-worker.js'
import { until } from '../../../support/until.js'
import { task } from '../fixture.js'

const BROKERS = 5
const WORKERS_EACH = 20

describe('idle workers on a cluster', () => {
  let cluster: Cluster
  const brokers: RedisBroker[] = []

  beforeAll(async () => {
    cluster = await startCluster()
    for (let i = 0; i < BROKERS; i++) brokers.push(new RedisBroker(cluster.url))
  })
  afterAll(async () => {
    for (const broker of brokers) await broker.close()
    await cluster.stop()
  })

  it('are woken one for each task, whatever node has the queue', async () => {
    const names = new Map<number, string>()
    for (let i = 0; names.size < 3; i++) {
      const name = `mail${String(i)}`
      names.set((await cluster.masterOf(slotOfKey(`{pq:${name}}:s`))).port, name)
    }
    const started = brokers.map(() => [] as string[])
    for (const [i, broker] of brokers.entries()) {
      await broker.onTaskEvent((event, { header }) => {
        if (event === 'started') started[i]?.push(header.queue)
      })
    }
    for (const queue of names.values()) {
      const workers = await Promise.all(
        Array.from({ length: BROKERS * WORKERS_EACH }, async (_, i) => {
          const broker = brokers[i % BROKERS]
          if (!broker) throw new Error('there is no broker')
          const worker = await new TestWorker(broker, queue).join(1)
          await worker.claim(1)
          return worker
        }),
      )
      const woken = (): number => workers.flatMap(({ notices }) => notices).length
      const [first] = brokers
      for (let tasks = 1; tasks <= 10; tasks++) {
        await first?.queue(queue, [task(`t${String(tasks)}`)])
        await until('a worker to be woken', () => (woken() >= tasks ? true : undefined))
      }
      // What all of them hear comes after what was sent to each before.
      const [record] = (await first?.get(queue, ['t1'])) ?? []
      if (record) await first?.announce(queue, 'started', [record])
      await until('all to hear', () => (started.every((queues) => queues.includes(queue)) ? true : undefined))
      expect(woken()).toBe(10)
      expect(workers.filter(({ notices }) => notices.length > 1)).toEqual([])
    }
  })

  it('and busy ones make no looks at the slots while the nodes answer, so that no call waits for one', async () => {
    const [broker] = brokers
    const slotsLooks = async (): Promise<number> => {
      const stats = await Promise.all(cluster.servers.map(async ({ redis }) => await redis.info('commandstats')))
      return stats.reduce((sum, text) => sum + Number(/cmdstat_cluster\|slots:calls=(\d+)/.exec(text)?.[1] ?? 0), 0)
    }
    await broker?.size('busy')
    const before = await slotsLooks()
    // Longer than it takes to find a node silent. A call is nearly always under way.
    for (const end = performance.now() + 1_500; performance.now() < end;) await broker?.size('busy')
    expect((await slotsLooks()) - before).toBeLessThan(3)
  })

  it('are heard again at once by a node that has dropped their subscriptions, though its slots are as they were', async () => {
    const queue = 'dropped'
    const slot = slotOfKey(`{pq:${queue}}:s`)
    const broker = new RedisBroker(cluster.url)
    brokers.push(broker)
    const worker = await new TestWorker(broker, queue).join(1)
    await worker.claim(1)
    const owner = await cluster.masterOf(slot)
    const looks = async (): Promise<number> => {
      const stats = await Promise.all(cluster.servers.map(async ({ redis }) => await redis.info('commandstats')))
      return stats.reduce((sum, text) => sum + Number(/cmdstat_cluster\|slots:calls=(\d+)/.exec(text)?.[1] ?? 0), 0)
    }
    const channels = async (): Promise<string[]> => {
      const all = (await owner.redis.call('PUBSUB', 'SHARDCHANNELS')) as string[]
      return all.filter((name) => slotOfKey(name) === slot)
    }
    expect(await channels()).not.toEqual([])
    const before = await looks()
    // As an operator does who tells all nodes of a move that is over: again and again, while the first time is looked into.
    for (let times = 1; times <= 5; times++) {
      await owner.redis.cluster('SETSLOT', slot, 'NODE', owner.id)
      await until('the subscription', async () => ((await channels()).length > 0 ? true : undefined))
    }
    await broker.queue(queue, [task('t')])
    await until('the worker to hear of it', () => (worker.notices.length > 0 ? true : undefined))
    // Who waits for another owner looks twenty times. All six brokers listen there.
    expect((await looks()) - before).toBeLessThan(60)
  })
})
