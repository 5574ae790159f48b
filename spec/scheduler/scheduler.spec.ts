import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { defineJob, Job, PeriodicJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../support/server-process.js'
import { Servers } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { Effects } from './effects.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('./fixtures/jobs.ts', import.meta.url)

describe.each(STORES)('schedulers on $store', ({ make }) => {
  let store: Store
  let directory: string
  let effects: Effects
  let api: Api
  const servers = new Servers(MANAGE)

  const serve = async (env: Record<string, string> = {}): Promise<ServerProcess> =>
    await servers.start(store.url, { EFFECTS: effects.file, ...env }, ['--schedule-periodic'])
  beforeAll(async () => {
    store = await make()
    directory = mkdtempSync(join(tmpdir(), 'pq-scheduler-'))
  })
  afterAll(async () => {
    await store.dispose()
    rmSync(directory, { recursive: true })
  })
  beforeEach(async () => {
    effects = new Effects(join(directory, `effects-${String(Math.random())}`))
    api = await new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], logLevel: 'silent' }).api().start()
  })
  afterEach(async () => {
    await servers.kill()
    await api.close()
  })

  it('queue each tick once between them, even with wrong clocks', async () => {
    const [ahead, behind] = [{ CLOCK_OFF: '3600000' }, { CLOCK_OFF: '-3600000' }]
    await Promise.all([
      serve(),
      serve(store.url.startsWith('redis') ? ahead : {}),
      serve(store.url.startsWith('redis') ? behind : {}),
    ])
    await effects.reach('often', 20)
    await effects.expectOnce('often', 200)
    await effects.reach('second', 3)
    await effects.expectOnce('second', 1_000)
    for (const { tick } of effects.of('second')) expect(tick % 1_000).toBe(0)
    expect(await effects.reach('asked', 1)).not.toHaveLength(0)
  })

  it('neither lose nor double a tick when they are killed, and resume from the last one', async () => {
    for (let round = 1; round <= 4; round++) {
      const [first, second] = [await serve(), await serve()]
      await effects.reach('often', 8 * round)
      await first.kill('SIGKILL')
      await effects.reach('often', 8 * round + 4)
      await second.kill('SIGKILL')
    }
    await serve()
    await effects.reach('often', 44)
    // catchUp: 'all' also queues the ticks of the time in which no scheduler ran, so there is no gap.
    await effects.expectOnce('often', 200)
  })

  it('are not needed to tell when each job is due next', async () => {
    const times = Object.fromEntries(await api.tasks.nextScheduled())
    expect(Object.keys(times)).toEqual(['asked', 'every.second', 'often', 'rarely'])
    expect(times['rarely']).toBeGreaterThan(29 * 86_400)
    expect(times['every.second']).toBeLessThanOrEqual(1)
    expect((await api.tasks.nextScheduled(['rarely'])).map(([name]) => name)).toEqual(['rarely'])
    await expect(api.tasks.nextScheduled(['rarley'])).rejects.toMatchObject({
      code: 'PQ_TASK_NOT_AVAILABLE',
      nearest: 'rarely',
    })
    expect(Object.fromEntries(api.tasks.jobList())).toMatchObject({
      rarely: { type: 'periodic' },
      asked: { type: 'periodic' },
    })
  })
})

describe('a periodic job', () => {
  const start = async (path: string): Promise<unknown> => {
    const app = new PulsarQueue({ dataStore: 'embedded::memory:', taskPaths: [path], logLevel: 'silent' })
    return await app
      .api()
      .start()
      .then(
        async () => {
          await app.close()
          return 'started'
        },
        (error: unknown) => error,
      )
  }

  it('is refused at start when its schedule is malformed or missing, or when it needs arguments', async () => {
    const directory = mkdtempSync(fileURLToPath(new URL('./fixtures/.refused-', import.meta.url)))
    const file = (name: string, text: string): string => {
      const path = join(directory, name)
      writeFileSync(path, `import { defineJob, Job, PeriodicJob } from 'pulsar-queue'\n${text}`)
      return path
    }
    try {
      const cases: readonly [string, RegExp][] = [
        [
          file('cron.mjs', "defineJob({ name: 'nightly', cron: '0 25 * * *' }, () => 1)"),
          /^job nightly: expected option cron/,
        ],
        [
          file('none.mjs', 'class Bare extends PeriodicJob { run() {} }\nJob()(Bare)'),
          /^job bare: expected a PeriodicJob to have runEvery/,
        ],
        [
          file('needs.mjs', "defineJob({ name: 'needs', runEvery: 5 }, (path) => path)"),
          /^job needs: .* no arguments, got path/,
        ],
      ]
      for (const [path, message] of cases) {
        expect(await start(path)).toMatchObject({
          code: 'PQ_JOB_DEFINITION',
          message: expect.stringMatching(message) as string,
        })
      }
    } finally {
      rmSync(directory, { recursive: true })
    }
    expect([defineJob, Job, PeriodicJob].every((each) => typeof each === 'function')).toBe(true)
  })
})
