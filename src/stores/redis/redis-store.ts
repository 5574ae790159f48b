import type { StoreFactory } from '../register-broker.js'
import { RedisBroker } from './redis-broker.js'
import { RedisPermitStore } from './redis-permit-store.js'
import { RedisPubSub } from './redis-pub-sub.js'

/** The engine of `redis://` and `rediss://` URLs. */
export const redisStore: StoreFactory = {
  broker: (url) => new RedisBroker(url),
  pubsub: (url) => new RedisPubSub(url),
  locks: (url) => new RedisPermitStore(url),
}
