import type { StoreFactory } from '../register-broker.js'
import { RedisBroker } from './redis-broker.js'
import { RedisPermitStore } from './redis-permit-store.js'
import { RedisPubSub } from './redis-pub-sub.js'

/** The engine of the URLs of Redis. */
export const redisStore: StoreFactory = {
  broker: (url, options) => new RedisBroker(url, options),
  pubsub: (url, options) => new RedisPubSub(url, options),
  locks: (url, options) => new RedisPermitStore(url, options),
}
