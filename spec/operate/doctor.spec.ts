import type { Api, Control } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const work = defineJob({ name: 'work' }, () => {
  throw new Error('no luck')
})

describe.each(STORES)('the doctor on $store', ({ make }) => {
  let store: Store
  let api: Api
  let control: Control
  const open: PulsarQueue[] = []

  beforeEach(async () => {
    store = await make()
    ;({ api, control } = await serve({ taskPaths: [] }, false))
  })
  afterEach(async () => {
    for (const app of open.splice(0).reverse()) await app.close()
    await store.dispose()
  })

  const serve = async (more: object, isWorker = true) => {
    const app = new PulsarQueue({
      ...{ dataStore: store.url, workers: 0, taskQueues: ['mail'], parseConsole: false, logLevel: 'silent', ...more },
    })
    open.push(app)
    if (isWorker) await app.start()
    const started = await app.api().start()
    return { api: started, control: started.control }
  }
  const found = async (): Promise<string[]> =>
    (await control.doctor()).checks.filter(({ state }) => state !== 'ok').map(({ name }) => name)
  const worker = async (): Promise<string> =>
    (await control.workers()).find(({ queues }) => queues.some(({ queue }) => queue === 'mail'))?.name ?? ''

  it('finds nothing where all is well', async () => {
    await serve({})
    expect(await control.doctor()).toMatchObject({ healthy: true })
    expect(await found()).toEqual([])
  })

  it('finds workers that are quiet, and jobs that none knows', async () => {
    await serve({ taskPaths: [] })
    await control.worker(await worker()).quiet()
    await api.broker.queue('mail', [
      { id: 'a', job: 'unknown', tags: [], body: '{}', priority: 4, delay: 0, inbox: null, checkDuplicate: false },
    ])
    // It consumes the queue of its node, too.
    expect([...new Set(await found())].sort()).toEqual(['job-unknown', 'workers-quiet'])
    expect((await control.doctor()).healthy).toBe(false)
  })

  it('finds workers that do not answer', async () => {
    await api.broker.join('mail', { id: 'host-1~aaaaaaaa~1', slots: 1, leaseTtl: 60_000 })
    expect(await found()).toEqual(['worker-silent'])
  })

  it('finds queues that are paused, and those without a worker', async () => {
    await api.broker.queue('mail', [
      { id: 'a', job: 'work', tags: [], body: '{}', priority: 4, delay: 0, inbox: null, checkDuplicate: false },
    ])
    expect(await found()).toEqual(['queue-without-worker'])
    await control.pause('mail')
    expect((await found()).sort()).toEqual(['queue-paused', 'queue-without-worker'])
  })

  it('finds problems that came back', async () => {
    const { api: own } = await serve({})
    await own.tasks.queue(work, {}, { queue: 'mail' })
    expect(await found()).toEqual([])
    const [problem] = await control.problems()
    await control.problem(problem?.id ?? '').resolve()
    await own.tasks.queue(work, {}, { queue: 'mail' })
    expect(await found()).toEqual(['problem-regressed'])
  })
})
