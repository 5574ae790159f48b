import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { slotOfKey } from '../../../../lib/stores/redis/cluster/key-slot.js'
import { keysOf } from '../../../../lib/stores/redis/layout/keys.js'
import { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import { task } from '../fixture.js'

describe('the durability of tasks in a cluster', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 })
  })
  afterAll(async () => {
    for (const server of cluster.servers) server.signal('SIGCONT')
    await cluster.stop()
  })

  it('replica: a task is acknowledged when a replica of the master of its queue has it', async () => {
    const broker = new RedisBroker(`${cluster.url}?connectTimeout=1s`, { durability: 'replica' })
    onTestFinished(async () => {
      await broker.close()
    })
    await broker.connect()
    expect(await broker.queue('q', [task('a')])).toMatchObject([{ verdict: 'queued' }])
    const master = await cluster.masterOf(slotOfKey(keysOf('pq', 'q').channels))
    const replica = cluster.replicaOf(master)
    replica.signal('SIGSTOP')
    await expect(broker.queue('q', [task('b')])).rejects.toMatchObject({
      code: 'PQ_NOT_DURABLE',
      confirmed: '0 of 1 replicas',
    })
    expect(await broker.queue('q', [task('c')], 'async')).toMatchObject([{ verdict: 'queued' }])
    replica.signal('SIGCONT')
    expect(await broker.queue('q', [task('b', { checkDuplicate: true })])).toMatchObject([{ verdict: 'duplicate' }])
    expect(await broker.size('q')).toMatchObject({ ready: 3 })
  })

  it('is advised on at each master', async () => {
    const broker = new RedisBroker(cluster.url)
    onTestFinished(async () => {
      await broker.close()
    })
    await broker.connect()
    const names = (await broker.advice()).map(({ name, level }) => `${level} ${name}`)
    expect(names.toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'warn appendonly'),
      ...Array.from({ length: 3 }, () => 'warn min-replicas-to-write'),
    ])
  })
})
