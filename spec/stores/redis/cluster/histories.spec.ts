import type { Api } from 'pulsar-queue'
import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slotOfKey } from '../../../../lib/stores/redis/cluster/key-slot.js'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import { RedisPermitStore } from '../../../../lib/stores/redis/redis-permit-store.js'
import { task, TestWorker } from '../../conformance/test-worker.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import type { Place } from '../../../support/cluster-places.js'
import { placesOf } from '../../../support/cluster-places.js'
import { KeptLogger } from '../../../support/kept-logger.js'
import { until } from '../../../support/until.js'

/** Tasks of each queue that end before a fault, and after it. */
const TASKS = 50

const runs = new Map<string, number>()
const count = defineJob({ name: 'histories.count' }, (queue: string) => {
  runs.set(queue, (runs.get(queue) ?? 0) + 1)
})

/** What happens to the master of a queue: each happens to another one. */
const FAULTS: readonly [fault: string, place: number, strike: (cluster: Cluster, at: Place) => Promise<void>][] = [
  [
    'was killed, and replaced',
    0,
    async (cluster, { slot, master }) => {
      await master.kill()
      await cluster.replaced(slot, master)
    },
  ],
  [
    'has handed over to its replica',
    1,
    async (cluster, { slot, master }) => {
      await cluster.replicaOf(master).redis.cluster('FAILOVER')
      await cluster.replaced(slot, master)
    },
  ],
  [
    'was killed, and started anew',
    2,
    async (_cluster, { master }) => {
      await master.restart()
    },
  ],
]

describe('a change of the history of one master of a cluster', () => {
  let cluster: Cluster
  let places: Place[]
  let api: Api
  const apps: PulsarQueue[] = []
  const logger = new KeptLogger()

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 })
    places = await placesOf(cluster)
    await open().start()
    api = await open().api().start()
  })
  afterAll(async () => {
    for (const app of apps.splice(0).reverse()) await app.close()
    await cluster.stop()
  })

  function open(): PulsarQueue {
    const app = new PulsarQueue({
      ...{ dataStore: cluster.url, workers: 0, parseConsole: false, concurrentTasks: 10 },
      taskQueues: places.map(({ queue }) => queue),
    })
    app.container.register(Logger, { useValue: logger })
    apps.push(app)
    return app
  }

  /** Queues tasks to all queues, one after the other, until it is ended. */
  function load(): { more(): Promise<void>; end(): Promise<void> } {
    let isOver = false
    const all = Promise.all(
      places.map(async ({ queue }) => {
        while (!isOver) await api.tasks.queue(count, [queue], { queue })
      }),
    )
    return {
      async more() {
        const before = new Map(runs)
        const goesOn = ({ queue }: Place): boolean => (runs.get(queue) ?? 0) >= (before.get(queue) ?? 0) + TASKS
        await until('tasks of each queue', () => (places.every(goesOn) ? true : undefined))
      },
      async end() {
        isOver = true
        await all
      },
    }
  }

  /** Queues whose workers have told the store what they hold. */
  function adopted(): string[] {
    const told = places.filter(({ queue }) =>
      logger.lines.some(({ message }) => message.startsWith(`queue ${queue}: the store's history has changed`)),
    )
    return told.map(({ queue }) => queue)
  }

  /** Since when a queue has another history than before, as its store has noted; '': it has the first one. */
  async function changedSince({ queue, slot }: Place): Promise<string> {
    const { redis } = await cluster.masterOf(slot)
    const [, since = ''] = ((await redis.hget(`{pq:${queue}}:s`, 'A')) ?? '').split(',')
    return since
  }

  it.each(FAULTS)('that %s holds up its own queues only', async (_fault, place, strike) => {
    const struck = given(places[place])
    const others = places.filter((each) => each !== struck)
    const before = await Promise.all(others.map(changedSince))
    const running = load()
    await running.more()
    logger.lines.length = 0
    await strike(cluster, struck)
    await until('the adoption', () => (adopted().includes(struck.queue) ? true : undefined))
    await running.more()
    await running.end()
    expect(adopted()).toEqual([struck.queue])
    expect(await Promise.all(others.map(changedSince))).toEqual(before)
    expect(await changedSince(struck)).not.toBe('')
  })

  it('concerns its own locks only', async () => {
    const { slot, master: first } = given(places[1])
    const locks = new RedisPermitStore(cluster.url)
    const master = await cluster.masterOf(slot)
    const next = master === first ? cluster.replicaOf(first) : first
    const names = Array.from({ length: 20 }, (_, i) => `lock${String(i)}`)
    const masters = await Promise.all(
      names.map(async (name) => await cluster.masterOf(slotOfKey(`{pq:lock:${name}}:`))),
    )
    const renewAll = async (): Promise<number[]> => {
      for (const name of names) await locks.renew(name, ['nobody'], 1_000)
      return names.map((name) => locks.historyChanges(name))
    }
    expect(await renewAll()).toEqual(names.map(() => 0))
    await next.redis.cluster('FAILOVER')
    await cluster.replaced(slot, master)
    expect((await renewAll()).map((changes) => changes > 0)).toEqual(masters.map((each) => each === master))
    await locks.close()
  })

  it('is none where a queue moves to another master: nobody adopts, and who joins there begins no quiet time', async () => {
    const queue = 'moves'
    const slot = slotOfKey(`{pq:${queue}}:s`)
    const [first, second] = [new RedisBroker(cluster.url), new RedisBroker(cluster.url)]
    const [one, two] = [new TestWorker(first, queue), new TestWorker(second, queue)]
    let changes = 0
    first.onHistoryChange(() => (changes += 1))
    await one.join(1)
    const from = await cluster.masterOf(slot)
    const others = await Promise.all(places.map(async (place) => await cluster.masterOf(place.slot)))
    const to = given(others.find((each) => each !== from))
    const name = async (): Promise<string> => (await to.redis.hget(`{pq:${queue}}:s`, 'A')) ?? ''
    await cluster.move(slot, to)
    const before = await name()
    await first.queue(queue, [task('a'), task('b')])
    expect(await one.claim(1)).toHaveLength(1)
    await two.join(1)
    expect(await two.claim(1)).toHaveLength(1)
    expect([before, await name()]).toEqual([expect.stringMatching(/^\w+@\w+,,$/), expect.stringMatching(/^\w+@\w+,,$/)])
    expect(await name()).not.toBe(before)
    expect([first.history.isOver(one.id), changes]).toEqual([false, 0])
    await Promise.all([first.close(), second.close()])
  })
})

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is none')
  return value
}
