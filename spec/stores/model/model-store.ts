import { Redis } from 'ioredis'
import type { Broker } from 'pulsar-queue'
import { EmbeddedBroker } from '../../../lib/stores/embedded/embedded-broker.js'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { loadStore } from '../../../lib/stores/open-store.js'
import { startRedisServer } from '../../support/redis-server.js'
import { clockIsFixed, shiftedClock } from '../../support/shifted-clock.js'
import type { StoreKind } from '../../support/stores.js'
import { leftOversOfEmbedded, rowsOfEmbedded } from './left-overs.js'
import { keysOfRedis, leftOversOfRedis } from './left-overs-of-redis.js'

/** The clock of a store, which the model moves. */
export interface StoreClock {
  /** Moves it by so many ms, back if they are negative. */
  jump(ms: number): void
}

/** A store that the model is held to. */
export interface ModelStore {
  /** Null: it cannot be moved. */
  readonly clock: StoreClock | null
  open(): Broker
  /** What the store keeps of a drained queue beside records and counters. */
  leftOvers(queue: string): Promise<readonly string[]>
  /** Keys or tables that have anything of the queue. */
  all(queue: string): Promise<readonly string[]>
  dispose(): Promise<void>
}

/** Makes a store whose clock can be moved, where that is possible. */
export async function modelStore(kind: StoreKind): Promise<ModelStore> {
  if (kind.store === 'embedded') return await embeddedStore(kind)
  return kind.store === 'redis' && clockIsFixed() === null ? await redisStore() : await fixedStore(kind)
}

async function embeddedStore(kind: StoreKind): Promise<ModelStore> {
  const { url, dispose } = await kind.make()
  let shift = 0
  const now = (): number => Date.now() + shift
  return {
    clock: { jump: (ms) => void (shift += ms) },
    open: () => new EmbeddedBroker(url, { now }),
    leftOvers: async (queue) => await Promise.resolve(leftOversOfEmbedded(url, queue)),
    all: async (queue) => await Promise.resolve(rowsOfEmbedded(url, queue)),
    dispose,
  }
}

async function redisStore(): Promise<ModelStore> {
  const clock = shiftedClock()
  const server = await startRedisServer([], { env: clock.env })
  const redis = new Redis(server.port, { lazyConnect: true })
  let shift = 0
  return {
    clock: {
      jump: (ms) => {
        shift += ms
        clock.shift(shift / 1_000)
      },
    },
    open: () => new RedisBroker(server.url),
    leftOvers: async (queue) => await leftOversOfRedis(redis, queue),
    all: async (queue) => await keysOfRedis(redis, queue),
    async dispose() {
      redis.disconnect()
      await server.stop()
      clock.dispose()
    },
  }
}

async function fixedStore(kind: StoreKind): Promise<ModelStore> {
  const { url, redisOf, dispose } = await kind.make()
  const { broker } = await loadStore(url)
  const redis = async (queue: string): Promise<Redis> => {
    if (redisOf === undefined) throw new Error(`${kind.store} has no server to look into`)
    return await redisOf(queue)
  }
  return {
    clock: null,
    open: () => broker(url),
    leftOvers: async (queue) => await leftOversOfRedis(await redis(queue), queue),
    all: async (queue) => await keysOfRedis(await redis(queue), queue),
    dispose,
  }
}
