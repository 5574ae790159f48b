import type { Broker } from '../brokers/broker.js'
import { InvalidUrlError } from '../errors.js'
import type { LockStore } from '../locks/lock-store.js'
import type { PubSub } from '../pubsub/pub-sub.js'
import { hidePassword } from '../util/hide-password.js'

/** Makes the faces of one store. Neither connects before it is used. */
export interface StoreFactory {
  broker(url: string): Broker
  pubsub(url: string): PubSub
  locks(url: string): LockStore
}

/** Loaded on first use, so that a process pays for the store that it uses and no other. */
const STORES: Readonly<Record<string, () => Promise<StoreFactory>>> = {
  embedded: async () => {
    const [{ EmbeddedBroker }, { EmbeddedPubSub }, { EmbeddedLockStore }] = await Promise.all([
      import('../brokers/embedded/embedded-broker.js'),
      import('../pubsub/embedded-pub-sub.js'),
      import('../locks/embedded-lock-store.js'),
    ])
    return {
      broker: (url) => new EmbeddedBroker(url),
      pubsub: (url) => new EmbeddedPubSub(url),
      locks: (url) => new EmbeddedLockStore(url),
    }
  },
  redis: loadRedis,
  rediss: loadRedis,
}

async function loadRedis(): Promise<StoreFactory> {
  const [{ RedisBroker }, { RedisPubSub }, { RedisLockStore }] = await Promise.all([
    import('../brokers/redis/redis-broker.js'),
    import('../pubsub/redis-pub-sub.js'),
    import('../locks/redis-lock-store.js'),
  ])
  return {
    broker: (url) => new RedisBroker(url),
    pubsub: (url) => new RedisPubSub(url),
    locks: (url) => new RedisLockStore(url),
  }
}

/**
 * Loads what a store URL needs.
 *
 * @throws {@link InvalidUrlError} for a scheme that is not known
 */
export async function loadStore(url: string): Promise<StoreFactory> {
  const scheme = /^([a-z][a-z0-9+]*):/.exec(url)?.[1]
  const load = scheme === undefined ? undefined : Object.hasOwn(STORES, scheme) ? STORES[scheme] : undefined
  if (load === undefined) {
    throw new InvalidUrlError(hidePassword(url), "'embedded:./data', 'embedded::memory:' or 'redis://127.0.0.1:6379/0'")
  }
  return await load()
}
