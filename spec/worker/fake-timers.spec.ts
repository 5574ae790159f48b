import { mock } from 'node:test'
import { PulsarQueue, defineJob } from 'pulsar-queue'
import { createTestApp, runJob } from 'pulsar-queue/testing'
import { afterEach, beforeAll, afterAll, describe, expect, it, vi } from 'vitest'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'

const now = new Date('2030-01-01T00:00:00Z')
let failed = false
const greet = defineJob({ name: 'greet' }, (name = 'Ada') => `${name} at ${String(new Date().getFullYear())}`)
const hourly = defineJob({ name: 'hourly', runEvery: '1h' }, () => 1)
const second = defineJob({ name: 'second', maxRetries: 1, retryDelay: '20ms', timeout: '1m' }, () => {
  failed = !failed
  if (failed) throw new Error('the first run fails')
  return 'second run'
})

const FAKES = [
  // All that a process of node:child_process can fake: `nextTick` it cannot.
  { what: 'vi.useFakeTimers', fake: () => vi.useFakeTimers({ now, toFake: ALL }), restore: () => vi.useRealTimers() },
  {
    what: 'mock.timers',
    fake: () => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now }),
    restore: () => mock.timers.reset(),
  },
]
const ALL = [
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const),
  ...(['queueMicrotask', 'performance', 'hrtime', 'Date'] as const),
]

describe.each(FAKES)('with $what', ({ fake, restore }) => {
  afterEach(() => {
    restore()
  })

  it('a test app runs tasks, and its own clock moves', async () => {
    const app = createTestApp({ jobs: [greet, hourly], schedulePeriodic: true })
    fake()
    const api = await app.api().start()
    const future = api.tasks.queue(greet, ['Ada'], { delay: '5m' })
    await app.clock.advance('2h')
    await app.drain()
    expect(await future.result()).toBe('Ada at 2030')
    await app.close()
  })

  it('a test app and runJob start at the time of the test', async () => {
    fake()
    const app = createTestApp({ jobs: [greet] })
    expect(app.clock.date).toEqual(now)
    await app.close()
    expect((await runJob(greet, ['Ada'])).orThrow()).toBe('Ada at 2030')
  })

  describe.each(STORES)('on $store', ({ make }) => {
    let store: Store
    let app: PulsarQueue

    beforeAll(async () => {
      store = await make()
      const settings = { parseConsole: false, logLevel: 'silent', workers: 0 } as const
      app = new PulsarQueue({ dataStore: store.url, ...settings })
      await app.start()
    })
    afterAll(async () => {
      await app.close()
      await store.dispose()
    })

    it('a worker delays, retries and answers by the real time', async () => {
      const api = await app.api().start()
      fake()
      const began = Date.now()
      const delayed = await api.tasks.queue(greet, ['Ada'], { delay: '50ms' })
      expect(delayed.result).toBe('Ada at 2030')
      expect(Math.abs(delayed.timeQueued - began)).toBeGreaterThan(86_400_000)
      expect(await api.tasks.queue(second, []).result()).toBe('second run')
    })
  })
})
