import { afterAll, beforeAll, describe, expect } from 'vitest'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import { RedisPubSub } from '../../../../lib/stores/redis/redis-pub-sub.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import { describeBroker } from '../../broker-conformance.js'
import { pubSubConformance } from '../../pub-sub-conformance.js'

describeBroker('redis+cluster', async () => {
  const cluster = await startCluster()
  return {
    open: () => new RedisBroker(cluster.url),
    dispose: async () => {
      // No call was over several slots.
      const stats = await Promise.all(cluster.servers.map(async ({ redis }) => await redis.info('errorstats')))
      await cluster.stop()
      expect(stats.join('\n')).not.toContain('CROSSSLOT')
    },
  }
})

describe('pub/sub on redis+cluster', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(async () => {
    await cluster.stop()
  })
  pubSubConformance((namespace = 'pq') => new RedisPubSub(`${cluster.url}?namespace=${namespace}`))
})
