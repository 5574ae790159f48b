import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import type { Api } from 'pulsar-queue'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import type { Place } from '../../../support/cluster-places.js'
import { placesOf } from '../../../support/cluster-places.js'
import { until } from '../../../support/until.js'
import { task } from '../fixture.js'

/** What happens to a master. The places of its slots by then are known to the other nodes when `strike` resolves. */
const FAULTS: readonly { fault: string; strike(cluster: Cluster, at: Place): Promise<void> }[] = [
  {
    fault: 'is killed',
    async strike(cluster, { slot, master }) {
      await master.kill()
      await cluster.replaced(slot, master)
    },
  },
  {
    fault: 'is frozen, and goes on later',
    async strike(cluster, { slot, master }) {
      master.signal('SIGSTOP')
      await cluster.replaced(slot, master)
      master.signal('SIGCONT')
    },
  },
  {
    fault: 'hands over to its replica',
    async strike(cluster, { slot, master }) {
      await cluster.replicaOf(master).redis.cluster('FAILOVER')
      await cluster.replaced(slot, master)
    },
  },
  {
    fault: 'gives a slot away, and gets it back',
    async strike(cluster, { slot, master }) {
      const [other] = cluster.masters.filter((each) => each !== master)
      if (!other) throw new Error('there is one master only')
      for (let i = 0; i < 5; i++) {
        await cluster.move(slot, other)
        await cluster.move(slot, master)
      }
      await cluster.move(slot, other)
    },
  },
]

const runs = new Map<string, number>()
const count = defineJob({ name: 'cluster.count' }, (id: string) => {
  runs.set(id, (runs.get(id) ?? 0) + 1)
  return id
})

describe('a master of a cluster', () => {
  let cluster: Cluster
  let places: Place[]
  const closing: (() => Promise<void>)[] = []

  beforeEach(async () => {
    cluster = await startCluster({ replicas: 1 })
    places = await placesOf(cluster)
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
    await cluster.stop()
  })

  /** The one that is struck. */
  function struck(): Place {
    const [place] = places
    if (!place) throw new Error('there is no queue')
    return place
  }

  function broker(): RedisBroker {
    const opened = new RedisBroker(cluster.url)
    closing.push(async () => {
      await opened.close()
    })
    return opened
  }

  async function app(settings: object = {}): Promise<PulsarQueue> {
    const made = new PulsarQueue({
      ...{ dataStore: cluster.url, workers: 0, parseConsole: false, logLevel: 'error' },
      ...{ taskQueues: places.map(({ queue }) => queue), concurrentTasks: 10 },
      ...settings,
    })
    closing.push(async () => {
      await made.close()
    })
    return made
  }

  /** Queues tasks to all queues until it is ended. Resolves to the ids of those that were called, when all futures are settled. */
  function load(api: Api): { end(): Promise<string[]> } {
    let isOver = false
    const loops = places.map(async ({ queue }) => {
      const futures: Promise<string>[] = []
      for (let i = 0; !isOver; i++) {
        const id = `${queue} ${String(i)}`
        futures.push(api.tasks.queue(count, [id], { queue }).then(({ result }) => String(result)))
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return await Promise.all(futures)
    })
    return {
      async end() {
        isOver = true
        return (await Promise.all(loops)).flat()
      },
    }
  }

  it.each(FAULTS)('that $fault costs no task, runs none twice, and leaves no future unsettled', async ({ strike }) => {
    runs.clear()
    await (await app()).start()
    const api = await (await app()).api().start()
    const running = load(api)
    await until('the load', () => (runs.size > 100 ? true : undefined))
    await strike(cluster, struck())
    const before = runs.size
    await until('the work to go on', () => (runs.size > before + 100 ? true : undefined))
    const ids = await running.end()
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter((id) => runs.get(id) !== 1).map((id) => `${id}: ${String(runs.get(id))}`)).toEqual([])
    expect(runs.size).toBe(ids.length)
  })

  it.each(FAULTS)('that $fault is followed by subscriptions, also of who calls nothing', async ({ strike }) => {
    const { queue, slot } = struck()
    const [idle, other] = [broker(), broker()]
    const [notices, ends, events]: [string[], string[], string[]] = [[], [], []]
    await idle.openWorker(queue, 'w', ({ kind }) => notices.push(kind))
    await idle.openInbox('me', (notice) => ends.push(notice.kind))
    await idle.onTaskEvent((event, { header }) => events.push(`${header.id} ${event}`))
    await idle.queue(queue, [task('first', { inbox: 'me' })])
    await strike(cluster, struck())
    await until('the worker to subscribe anew', () => (notices.includes('reconnected') ? true : undefined))
    // It may have done so at a node that has lost the slot since. What is sent before it has followed is not heard.
    await until('the present master to be heard', async () => {
      const { redis } = await cluster.masterOf(slot)
      const channels = ['w:w', 'in:me', 'ev'].map((name) => `{pq:${queue}}:${name}`)
      const counts = (await redis.call('PUBSUB', 'SHARDNUMSUB', ...channels)) as (string | number)[]
      return counts.every((count, i) => i % 2 === 0 || count === 1) ? true : undefined
    })
    await other.queue(queue, [task('a', { inbox: 'me' })])
    await until('the event', () => (events.includes('a queued') ? true : undefined))
    await other.join(queue, { id: 'w', slots: 1, leaseTtl: 10_000 })
    const { tasks } = await other.settle({ queue, worker: 'w', lane: 0, seq: 1 }, [], 10)
    expect(tasks.map(({ id }) => id).toSorted()).toEqual(['a', 'first'])
    ends.length = 0
    await other.revoke(queue, ['a'], '{}', 60_000)
    await until('the worker to hear', () => (notices.includes('revoked') ? true : undefined))
    await until('the inbox to hear', () => (ends.includes('done') ? true : undefined))
  })

  it('that is lost holds up its own queues only', async () => {
    const { queue, slot, master } = struck()
    const calls = broker()
    for (const place of places) await calls.queue(place.queue, [task('first')])
    // So that it is not replaced before the others were used.
    const { redis } = cluster.replicaOf(master)
    await redis.config('SET', 'cluster-replica-no-failover', 'yes')
    master.signal('SIGSTOP')
    const waiting = calls.queue(queue, [task('second')])
    for (const place of places.slice(1)) {
      for (let i = 0; i < 100; i++) await calls.queue(place.queue, [task(`more ${String(i)}`)])
    }
    await redis.config('SET', 'cluster-replica-no-failover', 'no')
    await cluster.replaced(slot, master)
    expect((await waiting)[0]?.verdict).toBe('queued')
    expect(await calls.size(queue)).toMatchObject({ ready: 2 })
  })
})
