import type { Broker } from './broker.js'
import { InvalidUrlError } from '../errors.js'
import type { PermitStore } from './permit-store.js'
import { registeredSchemes, registeredStore } from './register-broker.js'
import type { PubSub } from './pub-sub.js'
import { hidePassword } from '../util/hide-password.js'

/** Makes the faces of one store. Neither connects before it is used. */
export interface StoreFactory {
  broker(url: string): Broker
  pubsub(url: string): PubSub
  locks(url: string): PermitStore
}

/** Loaded on first use, so that a process pays for the store that it uses and no other. */
const STORES: Readonly<Record<string, () => Promise<StoreFactory>>> = {
  embedded: async () => {
    const [{ EmbeddedBroker }, { EmbeddedPubSub }, { EmbeddedPermitStore }] = await Promise.all([
      import('./embedded/embedded-broker.js'),
      import('./embedded/embedded-pub-sub.js'),
      import('./embedded/embedded-permit-store.js'),
    ])
    return {
      broker: (url) => new EmbeddedBroker(url),
      pubsub: (url) => new EmbeddedPubSub(url),
      locks: (url) => new EmbeddedPermitStore(url),
    }
  },
  redis: loadRedis,
  rediss: loadRedis,
}

async function loadRedis(): Promise<StoreFactory> {
  const [{ RedisBroker }, { RedisPubSub }, { RedisPermitStore }] = await Promise.all([
    import('./redis/redis-broker.js'),
    import('./redis/redis-pub-sub.js'),
    import('./redis/redis-permit-store.js'),
  ])
  return {
    broker: (url) => new RedisBroker(url),
    pubsub: (url) => new RedisPubSub(url),
    locks: (url) => new RedisPermitStore(url),
  }
}

/**
 * Loads what a store URL needs.
 *
 * @throws {@link InvalidUrlError} for a scheme that is not known
 */
export async function loadStore(url: string): Promise<StoreFactory> {
  const scheme = schemeOf(url)
  const registered = registeredStore(scheme)
  if (registered) return registered
  const load = Object.hasOwn(STORES, scheme) ? STORES[scheme] : undefined
  if (load) return await load()
  const own = registeredSchemes().map((each) => `, '${each}://...'`)
  throw new InvalidUrlError(
    hidePassword(url),
    `'embedded:./data', 'embedded::memory:'${own.join('')} or 'redis://127.0.0.1:6379/0'`,
  )
}

/** Whether a store can be opened in any thread: what the application registered is known only where its program runs. */
export function opensAnywhere(url: string): boolean {
  return Object.hasOwn(STORES, schemeOf(url))
}

function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? ''
}
