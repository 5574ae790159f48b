import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { slotOfKey } from '../../lib/stores/redis/cluster/key-slot.js'
import { keysOf } from '../../lib/stores/redis/layout/keys.js'
import { startCluster } from './cluster.js'
import { startRedisServer } from './redis-server.js'
import { startSentinels } from './sentinel.js'

/** A store that belongs to one spec file. */
export interface Store {
  readonly url: string
  /** A plain client of the server that has a queue of the default namespace. Absent: it is no Redis. */
  redisOf?(queue: string): Promise<Redis>
  dispose(): Promise<void>
}

/** A kind of store, of which a spec makes one of its own. */
export interface StoreKind {
  readonly store: string
  make(): Promise<Store>
}

const EMBEDDED: StoreKind = {
  store: 'embedded',
  make: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pq-spec-'))
    return await Promise.resolve({
      url: `embedded:${directory}`,
      async dispose() {
        rmSync(directory, { recursive: true, force: true })
        await Promise.resolve()
      },
    })
  },
}

const REDIS: StoreKind = {
  store: 'redis',
  async make() {
    const server = await startRedisServer()
    const redis = new Redis(server.port, { lazyConnect: true })
    return {
      url: server.url,
      redisOf: async () => await Promise.resolve(redis),
      async dispose() {
        redis.disconnect()
        await server.stop()
      },
    }
  },
}

/** Three masters. It takes seconds to start, so that the specs of all stores leave it out. */
export const CLUSTER: StoreKind = {
  store: 'redis+cluster',
  async make() {
    const cluster = await startCluster()
    return {
      url: cluster.url,
      redisOf: async (queue) => (await cluster.masterOf(slotOfKey(keysOf('pq', queue).channels))).redis,
      dispose: cluster.stop,
    }
  },
}

/** A master with a replica, and Sentinels. It takes seconds to start, too. */
export const SENTINELS: StoreKind = {
  store: 'redis+sentinel',
  async make() {
    const setUp = await startSentinels({ replicas: 1 })
    return {
      url: setUp.url,
      redisOf: async () => setUp.client(await setUp.master()),
      dispose: setUp.stop,
    }
  },
}

/** The stores on which a spec runs when all must behave alike. With PQ_SPEC_CLUSTER=1 a cluster is one of them. */
export const STORES: readonly StoreKind[] = [
  EMBEDDED,
  REDIS,
  ...(process.env['PQ_SPEC_CLUSTER'] === '1' ? [CLUSTER] : []),
]
