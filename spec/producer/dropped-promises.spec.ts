import { inspect } from 'node:util'
import type { Api } from 'pulsar-queue'
import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from '../client/fixtures/client.generated.js'
import { KeptLogger } from '../support/kept-logger.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const never = defineJob({ name: 'never.consumed' }, (n: number) => n)

/** Vitest fails a run in which a promise is rejected that nobody holds, as Node ends a process. */
describe.each(STORES)('a promise that nobody waits for, on $store', ({ make }) => {
  const logger = new KeptLogger()
  let store: Store
  let api: Api

  beforeAll(async () => {
    store = await make()
  })
  afterAll(async () => {
    await store.dispose()
  })
  beforeEach(async () => {
    logger.lines.length = 0
    const app = new PulsarQueue({ dataStore: store.url, parseConsole: false })
    app.container.register(Logger, { useValue: logger })
    api = await app.api().start()
  })
  afterEach(async () => {
    await api.close()
  })

  const errors = () => logger.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
  /** Resolves after everything that was rejected by now was told of. */
  const told = async () => {
    for (let i = 0; i < 3; i++) await new Promise(setImmediate)
  }

  it('is of no account where the producer is closed: its tasks are queued', async () => {
    void api.tasks.queue(never, [1])
    void api.tasks.queueMany(never, [[2], [3]])
    void api.tasks.queue(never, [4], { callback: false })
    void api.tasks.queue(never, [5]).result()
    await api.close()
    await told()
    expect(errors()).toEqual([])
    const next = await new PulsarQueue({ dataStore: store.url, parseConsole: false, logLevel: 'silent' }).api().start()
    expect(await next.tasks.flushQueues()).toEqual([5])
    await next.close()
  })

  it('is told of in the log where its task was not queued', async () => {
    const future = api.tasks.queue('no.such.job')
    void api.tasks.queue('never.consumed', { n: 1 }, { priority: 70 })
    await expect.poll(errors).toHaveLength(2)
    expect(errors()[0]).toMatch(
      new RegExp(`^the promise of task ${future.id} was rejected, and nobody waits for it: .*no.such.job`),
    )
  })

  it('is told of in the log where it was only printed', async () => {
    const future = api.tasks.queue('no.such.job')
    expect(inspect(future)).toBe(`<TaskFuture pending ID=${future.id}>`)
    await expect.poll(errors).toHaveLength(1)
  })

  it('is told of in the log where it was a wait, a result or a revocation', async () => {
    const future = api.tasks.queue(never, [1])
    void future.wait('1ms')
    void future.result('1ms')
    await expect.poll(errors).toHaveLength(2)
    await api.close()
    void future.revoke()
    await expect.poll(errors).toHaveLength(3)
  })

  it('is not told of where somebody waits for it, in whatever way', async () => {
    const refused = () => api.tasks.queue('no.such.job')
    const code = { code: 'PQ_TASK_NOT_AVAILABLE' }
    await expect(refused()).rejects.toMatchObject(code)
    await expect(refused().wait()).rejects.toMatchObject(code)
    await expect(refused().finally(() => undefined)).rejects.toMatchObject(code)
    await expect(Promise.all([refused(), refused()])).rejects.toMatchObject(code)
    await expect(Promise.race([refused()])).rejects.toMatchObject(code)
    const caught = await refused().catch((error: unknown) => error)
    expect(caught).toMatchObject(code)
    await told()
    expect(errors()).toEqual([])
  })

  it('becomes a warning of the process where a client has no logger', async () => {
    const client = await createClient({ dataStore: store.url })
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    void client.tasks.queue('no.such.job' as never, {} as never)
    expect((await warned).message).toMatch(/nobody waits for it/)
    await client.close()
  })
})
