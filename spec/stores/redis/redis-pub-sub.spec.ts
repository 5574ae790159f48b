import { afterAll, beforeAll, describe } from 'vitest'
import { RedisPubSub } from '../../../lib/stores/redis/redis-pub-sub.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import { pubSubConformance } from '../pub-sub-conformance.js'

describe('pub/sub through Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedisServer()
  })
  afterAll(async () => {
    await server.stop()
  })
  pubSubConformance((namespace = 'spec') => new RedisPubSub(`${server.url}?namespace=${namespace}`))
})
