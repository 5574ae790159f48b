import type { Api } from 'pulsar-queue'
import { ValidateBy } from 'class-validator'
import { Broker, defineJob, PulsarQueue, QUEUED, REVOKED } from 'pulsar-queue'
import { loadStore } from '../../lib/stores/open-store.js'
import { deferred } from '../../lib/util/deferred.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from '../client/fixtures/client.generated.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const job = defineJob({ name: 'ordered' }, ({ value }: { value: string }) => value)
const LARGE = 'x'.repeat(300_000)
let queues = 0

describe.each(STORES)('calls that nobody awaits, on $store,', ({ make }) => {
  let store: Store
  let app: PulsarQueue
  let api: Api
  let queue: string

  beforeAll(async () => {
    store = await make()
    app = new PulsarQueue({ dataStore: store.url, workers: 0, parseConsole: false, logLevel: 'silent' })
    api = await app.api().start()
  })
  afterAll(async () => {
    await app.close()
    await store.dispose()
  })
  beforeEach(() => {
    queues += 1
    queue = `ordered-${String(queues)}`
  })
  afterEach(async () => {
    await api.tasks.flushQueues(queue)
  })

  const add = (id: string, value = '') => api.tasks.queue(job, { value }, { id, queue, callback: false })

  it.each(['new', 'known'])('see the tasks that were queued before, in a %s queue', async (kind) => {
    if (kind === 'known') await add('known')
    const already = kind === 'known' ? 1 : 0
    const { tasks, broker, control } = api
    void add('a')
    const size = tasks.size(queue)
    void add('b')
    const found = tasks.get('b')
    void add('c')
    const sizes = broker.size(queue)
    void add('d')
    const overview = control.queue(queue)
    void add('e')
    const shown = control.show('e')
    expect(await size).toEqual([1 + already])
    expect(await found).toMatchObject({ id: 'b', name: 'ordered' })
    expect(await sizes).toMatchObject({ ready: 3 + already })
    expect(await overview).toMatchObject({ ready: 4 + already })
    expect(await shown).toMatchObject({ id: 'e', queue })
  })

  it('drop the tasks that were queued before, and not those that are queued after', async () => {
    for (const large of [LARGE, '']) {
      void add(`before ${String(large.length)}`, large)
      const flushed = api.tasks.flushQueues(queue)
      const after = add(`after ${String(large.length)}`)
      expect(await flushed).toEqual([1])
      await after
      expect(await api.broker.flush(queue, `flush ${queue} ${String(large.length)}`)).toBe(1)
    }
  })

  it('revoke the task that was queued before', async () => {
    const future = add('a')
    expect(await api.tasks.revoke('a')).toBe(true)
    await future
    expect((await api.tasks.get('a'))?.status).toBe(REVOKED)
    const generated = api.tasks.queue(job, { value: '' }, { queue, callback: false })
    expect(await api.tasks.revoke(generated.id)).toBe(true)
    void add('b')
    const plan = api.control.plan('revoke', `queue:${queue} job:ordered`)
    expect((await plan).count).toBe(1)
  })

  it.each<[kind: string, call: (act: () => void) => unknown]>([
    ['of a timer', (act) => setTimeout(act, 1)],
    ['of a promise', (act) => Promise.resolve().then(act)],
  ])('leave the task alone that is queued next with their id, in a callback %s', async (kind, later) => {
    // So that the queue is known.
    await add('first')
    expect(await api.tasks.get('unknown')).toBe(null)
    for (const name of [queue, undefined]) {
      const id = `again ${kind} ${queue} ${name ?? ''}`
      const [answers, queued] = await new Promise<readonly [Promise<unknown>, Promise<unknown>]>((resolve) => {
        later(() => {
          const { tasks } = api
          const looks = Promise.all([tasks.get(id), tasks.revoke(id)])
          const future = tasks.queue(job, { value: '' }, { id, callback: false, ...(name && { queue: name }) })
          resolve([looks, future.then(() => null)])
        })
      })
      expect(await answers).toEqual([null, false])
      await queued
      expect((await api.tasks.get(id))?.status).toBe(QUEUED)
      expect(await api.tasks.revoke(id)).toBe(true)
    }
  })

  it('revoke the task of an id in each queue that has one, also in one that another app has made', async () => {
    const id = `twice ${queue}`
    await Promise.all([add(id), api.tasks.queue(job, { value: '' }, { id, callback: false })])
    const other = new PulsarQueue({ dataStore: store.url, workers: 0, parseConsole: false, logLevel: 'silent' })
    try {
      const { tasks } = await other.api().start()
      expect(await tasks.revoke(id)).toBe(true)
      expect(await tasks.revoke(id)).toBe(false)
      for (const name of [queue, 'pulsarqueue'])
        expect((await api.broker.get(name, [id]))[0]?.header.status).toBe(REVOKED)
    } finally {
      await other.close()
    }
  })

  it('come behind those of a generated client on the same connections, and the other way round', async () => {
    await using client = await createClient(api)
    void client.jobs.addition({ a: 1 }, { queue })
    expect(await api.tasks.flushQueues(queue)).toEqual([1])
    void api.tasks.queue(job, { value: '' }, { queue })
    expect(await client.tasks.size(queue)).toEqual([1])
  })

  it('come behind those of their own app where two apps share a broker', async () => {
    const broker = (await loadStore(store.url)).broker(store.url)
    await broker.connect()
    const apps = [1, 2].map(() => {
      const own = new PulsarQueue({ dataStore: store.url, workers: 0, parseConsole: false, logLevel: 'silent' })
      own.container.register(Broker, { useValue: broker })
      return own
    })
    for (const [i, own] of apps.entries()) {
      const { tasks, broker: face, control } = await own.api().start()
      void tasks.queue(job, { value: '' }, { queue, callback: false })
      expect(await face.size(queue)).toMatchObject({ ready: 2 * i + 1 })
      void tasks.queue(job, { value: '' }, { queue, callback: false })
      expect(await control.queue(queue)).toMatchObject({ ready: 2 * i + 2 })
    }
    for (const own of apps) await own.close()
  })

  it('do not wait for arguments that are being checked, whose check may make such calls itself', async () => {
    const checking = deferred<undefined>()
    const begun = deferred<undefined>()
    class Dto {
      value = ''
    }
    ValidateBy({
      name: 'slow',
      async: true,
      validator: {
        async validate() {
          await api.tasks.size(queue)
          begun.resolve(undefined)
          await checking.promise
          return true
        },
        defaultMessage: () => 'slow',
      },
    })(Dto.prototype, 'value')
    const slow = defineJob({ name: `slow-${queue}`, args: Dto }, ({ value }: Dto) => value)
    const queued = api.tasks.queue(slow, { value: '' }, { queue, callback: false })
    await begun.promise
    expect(await api.tasks.size(queue)).toEqual([0])
    checking.resolve(undefined)
    await queued
    expect(await api.tasks.size(queue)).toEqual([1])
  })

  it('queue the first of two tasks with one id, also where one of them is large or has another durability', async () => {
    const { durabilities } = api.broker
    const values = async (...ids: string[]): Promise<unknown[]> =>
      (await Promise.all(ids.map((id) => api.tasks.get(id)))).map((task) => (task?.kwargs['value'] as string).length)
    await Promise.all([add('a-first', LARGE), add('a-first', 'small'), add('b-first', 'small'), add('b-first', LARGE)])
    expect(await values('a-first', 'b-first')).toEqual([LARGE.length, 5])
    if (!durabilities.includes('full')) return
    const durably = (id: string, value: string) =>
      api.tasks.queue(job, { value }, { id, queue, callback: false, durability: 'full' })
    await Promise.all([
      add('x', ''),
      durably('c-first', 'first'),
      add('c-first', '2nd'),
      add('d-first', 'first'),
      durably('d-first', '2nd'),
    ])
    expect(await values('c-first', 'd-first')).toEqual([5, 5])
  })
})
