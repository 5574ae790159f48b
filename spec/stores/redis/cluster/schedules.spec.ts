import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'
import { until } from '../../../support/until.js'

let ticks = 0
let running = 0
let most = 0
defineJob({ name: 'cluster.ticks', runEvery: '1s' }, () => {
  ticks += 1
})
const limited = defineJob({ name: 'cluster.limited', maxConcurrency: 2 }, async () => {
  running += 1
  most = Math.max(most, running)
  await new Promise((resolve) => setTimeout(resolve, 5))
  running -= 1
})

describe('an app of one process on a cluster', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(async () => {
    await cluster.stop()
  })

  it('has limits and schedules', async () => {
    const own = new PulsarQueue({
      ...{ dataStore: `${cluster.url}?namespace=own`, workers: 0, parseConsole: false, logLevel: 'warn' },
      ...{ schedulePeriodic: true, concurrentTasks: 10 },
    })
    await own.start()
    const producer = await own.api().start()
    await Promise.all(Array.from({ length: 30 }, async () => await producer.tasks.queue(limited)))
    expect(most).toBe(2)
    await until('two ticks', () => (ticks >= 2 ? true : undefined))
    await own.close()
  })
})
