import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { apiParts } from '../../lib/api/api-parts.js'
import { controlParts } from '../../lib/api/api.js'
import { readAlerts } from '../../lib/model/alert-rules.js'
import { AlertView } from '../../lib/operate/alerts/alert-view.js'
import { measureRule } from '../../lib/operate/alerts/measure-rule.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const broken = defineJob({ name: 'broken' }, () => {
  throw new Error('no luck')
})

describe.each(STORES)('an alert on $store', ({ make }) => {
  let store: Store
  let app: PulsarQueue
  let api: Api

  beforeEach(async () => {
    store = await make()
    const settings = { workers: 0, parseConsole: false, logLevel: 'silent', taskQueues: ['mail'] } as const
    app = new PulsarQueue({ ...settings, dataStore: store.url })
    await app.start()
    api = await app.api().start()
  })
  afterEach(async () => {
    await app.close()
    await store.dispose()
  })

  // What is stored at one time may be read only after it: the transaction was under way, or another master's clock differs.
  it.each([
    [-1, 1],
    [0, 1],
    [9_000, 1],
    [11_000, 0],
  ])('of a problem or a lost worker that came %i ms before the last turn has %i of each', async (ago, count) => {
    await api.tasks.queue(broken, {}, { queue: 'mail' })
    await api.broker.join('mail', { id: 'host-1~aaaaaaaa~1', slots: 1, leaseTtl: 1 })
    const options = { crashCap: 3, outcome: '{}', ttl: 60_000, grace: 0 }
    const lost = await until('the worker to be buried', async () => {
      await api.broker.reclaim('mail', options)
      const look = await api.broker.operations()?.inspect('mail')
      return look?.lost.find(({ id }) => id.startsWith('host-1'))?.at
    })
    const parts = controlParts(apiParts(api))
    const [problem, worker] = readAlerts([
      { kind: 'problem.new', notify: { command: ['true'] } },
      { kind: 'workerLost', notify: { command: ['true'] } },
    ])
    if (problem === undefined || worker === undefined) throw new Error('expected rules')
    const [{ first } = { first: 0 }] = await api.control.problems()
    const none = { items: [], pending: [] }
    const view = (): AlertView => new AlertView(parts)
    expect(await measureRule(problem, view(), { ...none, seen: first + ago })).toHaveLength(count)
    expect(await measureRule(worker, view(), { ...none, seen: lost + ago })).toHaveLength(count)
  })
})
