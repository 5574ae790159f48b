import type { Api, DurabilityName, PulsarQueueOptions } from 'pulsar-queue'
import { Broker, PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const JOBS = new URL('../worker/fixtures/jobs.ts', import.meta.url)

describe.each(STORES)('the durability of a call on $store', ({ store: kind, make }) => {
  const isEmbedded = kind === 'embedded'
  const [weakest, other] = isEmbedded ? (['normal', 'async'] as const) : (['async', 'full'] as const)
  let store: Store
  let app: PulsarQueue | null = null

  beforeAll(async () => {
    store = await make()
  })
  afterEach(async () => {
    await app?.close()
    app = null
  })
  afterAll(async () => {
    await store.dispose()
  })

  /** An app, and the calls of its broker that queue tasks: how many, and how durable. */
  async function start(options: PulsarQueueOptions = {}) {
    app = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], workers: 0, logLevel: 'silent', ...options })
    const api: Api = await app.api().start()
    const broker = app.container.resolve(Broker)
    const seen: [number, DurabilityName | undefined][] = []
    const queue = broker.queue.bind(broker)
    broker.queue = async (name, tasks, durability) => {
      seen.push([tasks.length, durability])
      return await queue(name, tasks, durability)
    }
    return { app, api, seen }
  }

  it('goes with the tasks of the same turn that ask for the same', async () => {
    const { app, api, seen } = await start()
    await app.start()
    const futures = [
      api.tasks.queue('addition', { a: 1, b: 1 }),
      ...api.tasks.queueMany(
        'addition',
        [
          { a: 1, b: 2 },
          { a: 1, b: 3 },
        ],
        { durability: weakest },
      ),
      api.tasks.queue('addition', { a: 1, b: 4 }),
      api.tasks.queue('addition', { a: 1, b: 5 }, { durability: weakest, queue: 'pulsarqueue' }),
    ]
    expect(await Promise.all(futures.map(async (future) => await future.result()))).toEqual([2, 3, 4, 5, 6])
    expect(seen).toEqual([
      [2, undefined],
      [3, weakest],
    ])
  })

  it('is refused where the store does not know it, and where there is no store', async () => {
    const { api, seen } = await start()
    const refused = (options: object): Promise<unknown> =>
      api.tasks.queue('addition', { a: 1, b: 1 }, options).catch((error: unknown) => error)
    const code = 'PQ_INVALID_OPTION'
    const known = isEmbedded
      ? /'normal' or 'full'/
      : /'async', 'replica', 'replicas:2', 'all', 'fsync' or 'fsync\+replica'/
    expect(await refused({ durability: other })).toMatchObject({
      code,
      option: 'durability',
      expected: expect.stringMatching(known) as string,
    })
    expect(await refused({ durability: 'sure' })).toMatchObject({ code, option: 'durability' })
    expect(await refused({ durability: 'replicas:0' })).toMatchObject({ code, option: 'durability' })
    expect(await refused({ durability: weakest, queue: false })).toMatchObject({ code, option: 'durability' })
    expect(seen).toEqual([])
  })

  it('is the setting where the call names none, which the store must know', async () => {
    await expect(start({ durability: other })).rejects.toMatchObject({
      code: 'PQ_INVALID_SETTING',
      setting: 'durability',
      received: `'${other}'`,
    })
    const { app } = await start({ durability: weakest })
    expect(app.container.resolve(Broker).durabilities[0]).toBe(weakest)
  })

  it.runIf(kind === 'redis')('rejects the future of a task that is stored, and not confirmed', async () => {
    const { api } = await start({ dataStore: `${store.url}?connectTimeout=500ms`, durability: 'replica' })
    const error = { code: 'PQ_NOT_DURABLE' }
    await expect(api.tasks.queue('addition', { a: 1, b: 1 }, { callback: false })).rejects.toMatchObject(error)
    const queued = await api.tasks.queue('addition', { a: 1, b: 1 }, { callback: false, durability: 'async' })
    expect(queued.statusString).toBe('QUEUED')
    expect(await api.tasks.size()).toEqual([2])
  })
})
