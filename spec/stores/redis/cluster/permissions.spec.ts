import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACL_RULES } from '../../../support/acl-rules.js'
import type { Cluster } from '../../../support/cluster.js'
import { startCluster } from '../../../support/cluster.js'

const QUEUES = ['mail', 'reports', 'images', 'sums']
/** What the page allows besides, and what it says need not be allowed. */
const OF_CLUSTER = ['+cluster|slots', '+asking']
const OPTIONAL = ['info', 'client|kill', 'client|info', 'client|setname', 'client|setinfo', 'type', 'config|get']

const sum = defineJob({ name: 'sum', maxConcurrency: 2 }, async function (a: number, b: number) {
  const lock = await this.lock('of all')
  await lock.release()
  return a + b
})

describe('the permissions of docs/redis.md in a cluster', () => {
  let cluster: Cluster
  const apps: PulsarQueue[] = []

  beforeAll(async () => {
    cluster = await startCluster()
    for (const user of ['worker', 'producer']) {
      const rules = ['reset', 'on', '>secret', ...(ACL_RULES.get(user) ?? []), ...OF_CLUSTER]
      for (const { redis } of cluster.servers) await redis.call('ACL', 'SETUSER', user, ...rules)
    }
  })
  afterAll(async () => {
    for (const app of apps.splice(0)) await app.close()
    await cluster.stop()
  })

  const appOf = (user: string): PulsarQueue => {
    const dataStore = cluster.url.replace('://', `://${user}:secret@`)
    const app = new PulsarQueue({ dataStore, workers: 0, parseConsole: false, logLevel: 'silent', taskQueues: QUEUES })
    apps.push(app)
    return app
  }

  it('are enough for a worker and a producer', async () => {
    await appOf('worker').start()
    const api = await appOf('producer').api().start()
    const futures = QUEUES.map((queue, i) => api.tasks.queue(sum, [i, 1], { queue }))
    expect(await Promise.all(futures.map(async (future) => await future.result()))).toEqual([1, 2, 3, 4])
    const logs = await Promise.all(
      cluster.servers.map(async ({ redis }) => (await redis.call('ACL', 'LOG')) as string[][]),
    )
    const refused = new Set(logs.flat().map((entry) => entry[entry.indexOf('object') + 1]))
    expect([...refused].filter((command) => !OPTIONAL.includes(command ?? ''))).toEqual([])
  })
})
