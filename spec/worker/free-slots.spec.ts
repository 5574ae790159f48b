import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Deferred } from '../../lib/util/deferred.js'
import { deferred } from '../../lib/util/deferred.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const QUEUE = 'free-slots'
const OTHER = 'free-slots-other'
const ELSEWHERE = 'free-slots-elsewhere'
const SLOTS = 12

/** A long run: `began` resolves when it runs, and it ends with `ends`. */
let run: { readonly began: Deferred<undefined>; readonly ends: Deferred<undefined> }
let api: Api
let fails = true
let shortRan: (result: string) => void = () => undefined

const long = defineJob({ name: 'free-slots.long' }, async () => {
  run.began.resolve(undefined)
  await run.ends.promise
})
const short = defineJob({ name: 'free-slots.short' }, () => {
  shortRan('ran')
  return 'ran'
})
const retried = defineJob({ name: 'free-slots.retried', maxRetries: 1, retryDelay: '20ms' }, () => {
  fails = !fails
  if (!fails) throw new Error('once more')
  return 'ran'
})
/** Short enough for claiming ahead, and slow enough for that to be little. */
const brief = defineJob({ name: 'free-slots.brief' }, async () => {
  await pause(8)
})
const parent = defineJob({ name: 'free-slots.parent' }, async () => {
  run.began.resolve(undefined)
  return await queued()
})

const queued = async (options = {}) => (await api.tasks.queue(short, [], { queue: QUEUE, ...options })).result

/** Does what makes a task ready. @returns resolves when that has run */
async function after(act: () => Promise<unknown>): Promise<string> {
  const ran = new Promise<string>((resolve) => {
    shortRan = resolve
  })
  await act()
  return await ran
}

/** What makes a task ready, and resolves with its result. */
const WAYS: Readonly<Record<string, () => Promise<unknown>>> = {
  'is queued': queued,
  'is queued after another': async () => [await queued(), await queued(), await queued()].at(-1),
  'comes with others': async () => (await Promise.all([queued(), queued(), queued()])).at(-1),
  'has become due': async () => await queued({ delay: '20ms' }),
  'is retried': async () => (await api.tasks.queue(retried, [], { queue: QUEUE })).result,
  'is run now': async () => {
    const { id } = await api.tasks.queue(short, [], { queue: QUEUE, delay: '1h', callback: false })
    return await after(async () => api.control.runNow(await api.control.plan('run-now', `id:${id}`)))
  },
  'waited in a paused queue': async () => {
    await api.control.pause(QUEUE)
    await api.tasks.queue(short, [], { queue: QUEUE, callback: false })
    return await after(async () => api.control.resume(QUEUE))
  },
  'is moved here': async () => {
    const { id } = await api.tasks.queue(short, [], { queue: ELSEWHERE, callback: false })
    return await after(async () => api.control.move(await api.control.plan('move', `id:${id}`), QUEUE))
  },
}

describe.each(STORES)('a worker on $store that has a free slot beside a long run', ({ make }) => {
  let store: Store
  let app: PulsarQueue

  beforeAll(async () => {
    store = await make()
  })
  afterEach(async () => {
    run.ends.resolve(undefined)
    await app.close()
  })
  afterAll(async () => {
    await store.dispose()
  })

  /** Nothing but a wake lets a worker look within ten minutes. */
  async function start(): Promise<void> {
    fails = true
    run = { began: deferred(), ends: deferred() }
    const settings = { concurrentTasks: SLOTS, workers: 0, taskPoolTimeout: '10m', logLevel: 'silent' } as const
    app = new PulsarQueue({ dataStore: store.url, taskQueues: [QUEUE, OTHER], parseConsole: false, ...settings })
    await app.start()
    api = await app.api().start()
  }

  it.each(Object.keys(WAYS))('starts a task that %s', async (way) => {
    await start()
    // Short runs, after which a worker claims ahead.
    for (let i = 0; i < 6; i += 1) await queued()
    const longRun = api.tasks.queue(long, [], { queue: QUEUE })
    await run.began.promise
    expect(await WAYS[way]?.()).toBe('ran')
    run.ends.resolve(undefined)
    await longRun
  })

  it('starts each task of a backlog, though all slots but one are used for long', async () => {
    await start()
    const longRuns = await Promise.all(
      Array.from({ length: SLOTS - 1 }, async () => await api.tasks.queue(long, [], { queue: QUEUE, callback: false })),
    )
    expect(longRuns).toHaveLength(SLOTS - 1)
    await run.began.promise
    await Promise.all(
      api.tasks.queueMany(
        brief,
        Array.from({ length: 60 }, () => ({})),
        { queue: QUEUE },
      ),
    )
  })

  it('starts a task of another queue', async () => {
    await start()
    const longRun = api.tasks.queue(long, [], { queue: OTHER })
    await run.began.promise
    for (let i = 0; i < 3; i += 1) expect(await queued()).toBe('ran')
    run.ends.resolve(undefined)
    await longRun
  })

  it('starts the task for which that run waits', async () => {
    await start()
    expect((await api.tasks.queue(parent, [], { queue: QUEUE })).result).toBe('ran')
  })
})
