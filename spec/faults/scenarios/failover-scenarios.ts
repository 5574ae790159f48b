import { slotOfKey } from '../../../lib/stores/redis/cluster/key-slot.js'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { leftOversOfRedis } from '../../stores/model/left-overs-of-redis.js'
import type { Cluster, ClusterServer } from '../../support/cluster.js'
import { startCluster } from '../../support/cluster.js'
import type { RedisServer } from '../../support/redis-server.js'
import type { SentinelSetUp } from '../../support/sentinel.js'
import { MASTER, startSentinels } from '../../support/sentinel.js'
import { until } from '../../support/until.js'
import { failedByNewMasters } from '../checker/new-masters.js'
import type { FaultRun } from '../harness/fault-run.js'
import type { TestStore } from '../harness/test-store.js'
import type { Scenario } from './scenario.js'

const sentinels = new WeakMap<TestStore, SentinelSetUp>()
const clusters = new WeakMap<TestStore, Cluster>()
/** The queue of a cluster whose master is replaced. */
const QUEUE = 'pulsarqueue'
/** Longest time for a failover, or for a server to follow the new master, on a busy machine, ms. */
const PATIENCE = 75_000

async function sentinelStore(): Promise<TestStore> {
  const setUp = await startSentinels({ options: ['--min-replicas-to-write', '0'] })
  const store: TestStore = {
    ...{ url: setUp.url, server: null, link: null, directory: '' },
    open: async () => await opened(setUp.url),
    async leftOvers(queue) {
      return await leftOversOfRedis(setUp.client(await setUp.master()), queue)
    },
    async dispose() {
      await setUp.stop()
    },
  }
  sentinels.set(store, setUp)
  return store
}

async function clusterStore(): Promise<TestStore> {
  const cluster = await startCluster({ replicas: 1 })
  const store: TestStore = {
    ...{ url: cluster.url, server: null, link: null, directory: '' },
    open: async () => await opened(cluster.url),
    async leftOvers(queue) {
      return await leftOversOfRedis((await cluster.masterOf(slotOf(queue))).redis, queue)
    },
    async dispose() {
      await cluster.stop()
    },
  }
  clusters.set(store, cluster)
  return store
}

async function opened(url: string): Promise<RedisBroker> {
  const broker = new RedisBroker(url)
  await broker.connect()
  return broker
}

function slotOf(queue: string): number {
  return slotOfKey(`{pq:${queue}}:s`)
}

function found<T>(of: WeakMap<TestStore, T>, { store }: FaultRun): T {
  const it = of.get(store)
  if (it === undefined) throw new Error('this store is another one')
  return it
}

/** The other servers follow the master of by now. */
async function replicated(setUp: SentinelSetUp): Promise<void> {
  const isFollowed = async (): Promise<boolean> => {
    const [answer] = await setUp.tellSentinels('SENTINEL', 'REPLICAS', MASTER)
    const states = (answer as string[][]).map((words) => words[words.indexOf('master-link-status') + 1])
    return states.length === setUp.servers.length - 1 && states.every((state) => state === 'ok')
  }
  await until('the replicas to follow', async () => ((await isFollowed()) ? true : undefined), PATIENCE)
}

const HARMS = ['kill', 'freeze', 'hand over'] as const

/** Harms a master. @returns ends the harm */
async function harm(
  run: FaultRun,
  server: RedisServer | ClusterServer,
  how: 'kill' | 'freeze',
): Promise<() => Promise<void>> {
  if (how === 'kill') {
    await run.killServer(server)
    return async () => {
      await server.restart()
    }
  }
  server.signal('SIGSTOP')
  return async () => {
    server.signal('SIGCONT')
    await Promise.resolve()
  }
}

/** All ways in turn, each at least once, beginning with another one for each seed. */
function inTurn<T>(ways: readonly T[], { seed, rounds }: FaultRun): readonly T[] {
  const turned = [...ways.slice(seed % ways.length), ...ways.slice(0, seed % ways.length)]
  return Array.from({ length: Math.max(rounds, ways.length) }, (_, i) => turned[i % ways.length]).filter(
    (way) => way !== undefined,
  )
}

/** F11 and F12: another master takes over. */
export const FAILOVER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'F11',
    says: 'Sentinels replace a master that was killed, is frozen, or hands over',
    shows: HARMS,
    stores: ['redis'],
    needsQuiet: true,
    // Producers and workers live: nothing may be lost.
    rules: { mayForget: true },
    makeStore: sentinelStore,
    check: failedByNewMasters,
    async inject(run) {
      const setUp = found(sentinels, run)
      for (const how of inTurn(HARMS, run)) {
        await run.history.more('started', run.random.between(5, 40))
        const before = await setUp.master()
        await run.fault(how, async () => {
          if (how === 'hand over') {
            await setUp.failOver()
            run.hasNewMaster(null)
          } else {
            const mend = await harm(run, before, how)
            try {
              await setUp.nextMaster(before)
              run.hasNewMaster(null)
            } finally {
              await mend()
            }
          }
        })
        await run.lift(how, () => undefined)
        await run.history.more('ended', 50)
        await replicated(setUp)
      }
    },
  },
  {
    name: 'F12',
    says: 'The slot of a queue of a cluster moves to another master, and back',
    stores: ['redis'],
    needsQuiet: true,
    rules: { noRedelivery: true },
    settings: ['--lease-ttl', '5s'],
    makeStore: clusterStore,
    async inject(run) {
      const cluster = found(clusters, run)
      const slot = slotOf(QUEUE)
      for (let round = 0; round < 2 * run.rounds; round++) {
        await run.history.more('started', run.random.between(5, 40), QUEUE)
        const from = await cluster.masterOf(slot)
        const to = run.random.pick(cluster.masters.filter((each) => each !== from) as [ClusterServer])
        await run.fault('slot moves', async () => {
          await cluster.move(slot, to)
        })
        await run.lift('slot moves', () => undefined)
      }
      await run.history.more('ended', 50, QUEUE)
    },
  },
  {
    name: 'F12 master',
    says: 'A replica of a cluster takes over from a master that was killed, is frozen, or hands over (`CLUSTER FAILOVER`)',
    shows: HARMS,
    stores: ['redis'],
    needsQuiet: true,
    // Producers and workers live: nothing may be lost.
    rules: { mayForget: true },
    makeStore: clusterStore,
    check: failedByNewMasters,
    // Other queues have masters of their own, and go on meanwhile: they do not tell whether this one does.
    async inject(run) {
      const cluster = found(clusters, run)
      const slot = slotOf(QUEUE)
      for (const how of inTurn(HARMS, run)) {
        await run.history.more('started', run.random.between(5, 40), QUEUE)
        const before = await cluster.masterOf(slot)
        await run.fault(how, async () => {
          if (how === 'hand over') {
            await cluster.handOver(slot)
            run.hasNewMaster(QUEUE)
          } else {
            const mend = await harm(run, before, how)
            try {
              await cluster.replaced(slot, before)
              run.hasNewMaster(QUEUE)
            } finally {
              await mend()
            }
          }
        })
        await run.lift(how, () => undefined)
        await run.history.more('ended', 50, QUEUE)
        const isFollowing = async (): Promise<boolean> => (await before.redis.info()).includes('master_link_status:up')
        await until('the old master to follow', async () => ((await isFollowing()) ? true : undefined), PATIENCE)
      }
    },
  },
]
