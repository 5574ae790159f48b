import type { Api } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

let left = 0
const failing = defineJob({ name: 'attempts.failing', maxRetries: 2 }, () => {
  if (left-- > 0) throw new Error(`ä${'€'.repeat(300)}`)
  return 'done'
})
const slow = defineJob({ name: 'attempts.slow', maxRetries: 1, timeout: '20ms' }, async () => {
  if (left-- > 0) await new Promise(() => undefined)
  return 'done'
})

describe.each(STORES)('a task on $store', ({ make }) => {
  let store: Store
  let app: PulsarQueue
  let api: Api

  beforeAll(async () => {
    store = await make()
    app = new PulsarQueue({ dataStore: store.url, workers: 0, parseConsole: false, logLevel: 'silent' })
    await app.start()
    api = await app.api().start()
  })
  afterAll(async () => {
    await app.close()
    await store.dispose()
  })

  it('that fails twice and then succeeds shows both runs, with at most 200 bytes of their errors', async () => {
    left = 2
    const before = Date.now()
    const task = await api.tasks.queue(failing, [])
    expect(task).toMatchObject({ result: 'done', retry: 3 })
    // ä has two bytes and € has three.
    const error = `ä${'€'.repeat(66)}`
    const { worker } = task
    expect(task.attempts).toMatchObject([
      { run: 1, worker, error },
      { run: 2, worker, error },
    ])
    const times = task.attempts.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt])
    expect(times).toEqual([...times].sort((one, other) => one - other))
    expect(times[0]).toBeGreaterThanOrEqual(before)
    expect(times.at(-1)).toBeLessThanOrEqual(task.timeStarted)
    expect((await api.tasks.get(task.id))?.attempts).toEqual(task.attempts)
  })

  it('that fails for good shows the runs before the last one', async () => {
    left = 3
    const task = await api.tasks.queue(failing, [])
    expect(task.statusString).toBe('FAILURE')
    expect(task.attempts.map(({ run }) => run)).toEqual([1, 2])
  })

  it('that timed out once shows why', async () => {
    left = 1
    const task = await api.tasks.queue(slow, [])
    expect(task.result).toBe('done')
    expect(task.attempts).toMatchObject([{ run: 1, error: 'the run took longer than its timeout of 0.02 s' }])
  })

  it('that succeeds at once has none', async () => {
    left = 0
    const task = await api.tasks.queue(failing, [])
    expect(task.result).toBe('done')
    expect(task.attempts).toEqual([])
  })
})
