import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { deferred } from '../../lib/util/deferred.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const gates = new Map<string, ReturnType<typeof deferred<string>>>()
const limited = defineJob({ name: 'parked.limited', maxConcurrency: 1 }, async ({ name }: { name: string }) => {
  return await (gates.get(name)?.promise ?? name)
})

describe.each(STORES)('a task that waits for a place in the limit of its job, on $store,', ({ make }) => {
  const apps: PulsarQueue[] = []
  const stores: Store[] = []
  afterEach(async () => {
    for (const gate of gates.values()) gate.resolve('late')
    for (const app of apps.splice(0)) await app.close()
    for (const store of stores.splice(0)) await store.dispose()
  })

  async function serve(...taskQueues: string[]): Promise<Api> {
    const store = await make()
    stores.push(store)
    const settings = { workers: 0, concurrentTasks: 4, parseConsole: false, logLevel: 'silent' } as const
    const app = new PulsarQueue({ dataStore: store.url, taskQueues, ...settings })
    apps.push(app)
    await app.start()
    return await app.api().start()
  }

  /** One task runs, and one waits for its place. @returns the id of that one */
  async function parked(api: Api): Promise<string> {
    gates.set('first', deferred<string>())
    await api.tasks.queue(limited, { name: 'first' }, { queue: 'from', callback: false })
    await until('the first to run', async () => ((await api.broker.size('from')).held === 1 ? true : undefined))
    const { id } = await api.tasks.queue(limited, { name: 'second' }, { queue: 'from', callback: false })
    await until('the second to wait', async () => ((await api.broker.size('from')).delayed === 1 ? true : undefined))
    return id
  }

  const result = async (api: Api, id: string): Promise<unknown> =>
    await until('its end', async () => (await api.tasks.get(id))?.result ?? undefined)

  it('asks for one in the queue that it is moved to', async () => {
    const api = await serve('from', 'to')
    const id = await parked(api)
    const { created } = await api.control.move(await api.control.plan('move', `id:${id}`), 'to')
    gates.get('first')?.resolve('done')
    expect(await result(api, created[0] ?? '')).toBe('second')
  })

  it('asks for one in the store that it is imported into', async () => {
    const api = await serve('from')
    const id = await parked(api)
    const lines: string[] = []
    for await (const line of api.control.export(`id:${id}`)) lines.push(line)
    const other = await serve('from')
    await other.control.import(lines)
    expect(await result(other, id)).toBe('second')
  })
})
