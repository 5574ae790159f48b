import type { RenewReply } from '../broker.js'
import type { LeaseStore, LeaseStoreFactory } from '../lease-store.js'
import type { EngineOptions } from '../register-broker.js'
import { readRedisUrl } from './connection/redis-url.js'
import { renew } from './queue/renew.js'
import { RedisSession } from './queue/redis-session.js'
import { RedisPermitStore } from './redis-permit-store.js'

/** The leases of the queues in Redis, without the other verbs. Created by the heartbeat thread. */
class RedisLeaseStore implements LeaseStore {
  readonly #session: RedisSession

  constructor(url: string, options?: EngineOptions) {
    this.#session = new RedisSession(readRedisUrl(url, options))
  }

  async connect(): Promise<void> {
    await this.#session.connect()
  }

  async renew(name: string, worker: string): Promise<RenewReply> {
    return await renew(this.#session, name, worker)
  }

  async close(): Promise<void> {
    await this.#session.close()
  }
}

/** What renews leases and permits at the URLs of Redis. */
export const redisLeaseStore: LeaseStoreFactory = {
  broker: (url, options) => new RedisLeaseStore(url, options),
  locks: (url, options) => new RedisPermitStore(url, options),
}
