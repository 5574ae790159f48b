import type { Api } from 'pulsar-queue'
import { defineJob, Logger, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeptLogger } from '../support/kept-logger.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const HOUR = 3_600_000
const JOBS = new URL('./fixtures/quiet-jobs.ts', import.meta.url)

describe.each(STORES)('schedules on $store', ({ make }) => {
  let store: Store
  let api: Api
  const apps: PulsarQueue[] = []

  const open = (logger?: Logger): PulsarQueue => {
    const settings = { workers: 0, schedulePeriodic: true, parseConsole: false, logLevel: 'silent' } as const
    const app = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], ...settings })
    if (logger) app.container.register(Logger, { useValue: logger })
    apps.push(app)
    return app
  }
  const lastTick = async (job: string): Promise<number | null> =>
    (await api.broker.lastTicks('pulsarqueue', [job])).last[0]?.at ?? null
  /** Sets the job's last tick in the store. */
  const setTick = async (job: string, at: number, schedule = 'every 3600000 ms'): Promise<void> => {
    const expected = await lastTick(job)
    await api.broker.tick('pulsarqueue', { job, expected, at, schedule, operation: String(at), task: null })
  }

  beforeEach(async () => {
    store = await make()
    api = await open().api().start()
  })
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close()
    await store.dispose()
  })

  it('begin when a job is first seen, and resume from its last tick after a restart', async () => {
    const first = open()
    await first.start()
    await first.close()
    const began = await lastTick('hourly')
    expect(Math.abs((began ?? 0) - Date.now())).toBeLessThan(60_000)
    const second = open()
    await second.start()
    await second.close()
    expect(await lastTick('hourly')).toBe(began)
    expect(await api.tasks.size()).toEqual([0])
  })

  it('of jobs that the program defines beside its taskPaths are told to be never due', async () => {
    defineJob({ name: 'beside.periodic', runEvery: '1h' }, () => undefined)
    defineJob({ name: 'beside.plain' }, () => undefined)
    const logger = new KeptLogger()
    await open(logger).start()
    const warnings = logger.lines.filter(({ message }) => message.includes('never due'))
    expect(warnings.map(({ level, message }) => [level, /periodic job (\S+) /.exec(message)?.[1]])).toEqual([
      ['warn', 'beside.periodic'],
    ])
    expect(await lastTick('beside.periodic')).toBeNull()
  })

  it('catch up once on missed ticks when a scheduler starts', async () => {
    const missed = Date.now() - 10.5 * HOUR
    await setTick('hourly', missed)
    await setTick('never.late', missed)
    const ended = new Promise((resolve) => {
      void api.onEvents('task', 'done', (_channel, _event, task) => {
        resolve(task.meta['tick'])
      })
    })
    expect(await api.tasks.nextScheduled(['hourly'])).toEqual([['hourly', 0]])
    // It was due half an hour ago.
    const hourly = (await api.control.schedules()).find(({ job }) => job === 'hourly')
    expect(Math.abs((hourly?.next ?? 0) - (missed + 10 * HOUR))).toBeLessThan(60_000)
    const overdue = /^pulsar_queue_schedule_overdue_seconds\{job="hourly"\} (.*)$/m.exec(
      await api.control.metrics(),
    )?.[1]
    // Since the first tick that was missed.
    expect(Math.round(Number(overdue) / 60)).toBe(9.5 * 60)
    const [[, seconds] = ['', 0]] = await api.tasks.nextScheduled(['never.late'])
    expect(Math.round(seconds / 60)).toBe(30)
    await open().start()
    expect(await ended).toBe(missed + 10 * HOUR)
    expect((await api.broker.stats('pulsarqueue')).queued).toBe(1)
  })

  it('do not queue the task of a tick again that the store has forgotten, as in a failover', async () => {
    const missed = Date.now() - 10.5 * HOUR
    await setTick('hourly', missed)
    const ended = new Promise((resolve) => {
      void api.onEvents('task', 'done', (_channel, _event, task) => {
        resolve(task)
      })
    })
    const first = open()
    await first.start()
    expect(await ended).toMatchObject({ meta: { tick: missed + 10 * HOUR } })
    await first.close()
    // The store knows the finished task, and the schedule is as it was before.
    await setTick('hourly', missed + 9 * HOUR)
    const second = open()
    await second.start()
    await until('the tick', async () => ((await lastTick('hourly')) === missed + 10 * HOUR ? true : undefined))
    await second.close()
    expect((await api.broker.stats('pulsarqueue')).queued).toBe(1)
    expect(await api.tasks.size()).toEqual([0])
  })

  it('queue no tick of before the deployment that changed them, with any catchUp', async () => {
    const missed = Date.now() - 10.5 * HOUR
    for (const job of ['hourly', 'never.late', 'all']) await setTick(job, missed, 'cron 0 0 1 1 * in UTC')
    const [[, seconds] = ['', 0]] = await api.tasks.nextScheduled(['all'])
    expect(Math.round(seconds / 60)).toBe(30)
    const logger = new KeptLogger()
    const app = open(logger)
    await app.start()
    // They go on from the latest tick that they would have had.
    for (const job of ['hourly', 'never.late', 'all']) {
      await until(`${job} to go on`, async () => ((await lastTick(job)) === missed + 10 * HOUR ? true : undefined))
    }
    await app.close()
    expect(await api.tasks.size()).toEqual([0])
    expect(logger.lines.map(({ message }) => message)).toContain('the schedule of all has changed: every 1 h')
    // What comes after the deployment is caught up on as before.
    await setTick('all', missed + 8 * HOUR)
    const [queued, second] = [(await api.broker.stats('pulsarqueue')).queued, open()]
    await second.start()
    await until('both ticks', async () =>
      (await api.broker.stats('pulsarqueue')).queued === queued + 2 ? true : undefined,
    )
  })

  it("say once that they wait when the store's clock was set back", async () => {
    const soon = Date.now() + HOUR / 2
    await setTick('hourly', soon)
    const logger = new KeptLogger()
    const app = open(logger)
    await app.start()
    const said = (): readonly unknown[] => logger.lines.filter(({ message }) => message.includes('was set back'))
    await until('a word of it', () => (said().length > 0 ? true : undefined))
    await app.close()
    expect(said()).toEqual([
      expect.objectContaining({
        level: 'warn',
        message: `the store's clock was set back: the last tick of hourly lies in the future, at ${new Date(soon).toISOString()}; its schedule goes on from then`,
      }),
    ])
  })

  it("start anew after the store's clock was set back by more than an hour", async () => {
    const [soon, far] = [Date.now() + HOUR / 2, Date.now() + 1_000 * HOUR]
    await setTick('hourly', far)
    await setTick('never.late', soon)
    const [[, seconds] = ['', 0]] = await api.tasks.nextScheduled(['hourly'])
    expect(Math.round(seconds / 60)).toBe(60)
    const app = open()
    await app.start()
    await app.close()
    expect((await lastTick('hourly')) ?? 0).toBeLessThan(soon)
    // After a step back of less than an hour the schedule waits for the clock: a tick must not come twice.
    expect(await lastTick('never.late')).toBe(soon)
    expect(await api.tasks.size()).toEqual([0])
  })

  it('leave out a job whose isDue fails', async () => {
    const times = await api.tasks.nextScheduled()
    expect(times.map(([name]) => name)).toEqual(['all', 'hourly', 'never.late'])
    await open().start()
    expect(await api.tasks.nextScheduled(['asynchronous'])).toEqual([])
  })

  it('stop at once with the app, also while their last ticks are being read', async () => {
    for (let round = 0; round < 5; round++) {
      const app = open()
      const starting = app.start()
      if (round % 2 === 0) await starting
      await app.close()
      await starting.catch(() => undefined)
    }
  })
})
