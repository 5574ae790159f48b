import type { Api, Control, QueueInspection } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SentOrder } from '../../lib/model/worker-order.js'
import { apiParts } from '../../lib/api/api-parts.js'
import { controlParts } from '../../lib/api/api.js'
import { diagnose } from '../../lib/operate/doctor.js'
import { checkQueue } from '../../lib/operate/check-queue.js'
import { checkClock } from '../../lib/operate/check-store.js'
import { fileFindings } from '../../lib/stores/embedded/database/file-findings.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { newTask } from '../support/new-task.js'

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
    (await control.doctor()).checks.filter(({ state }) => state !== 'ok' && state !== 'info').map(({ name }) => name)
  /** A task that became due some time ago, as a line of an export. */
  const lineOf = async (id: string, queue: string, age: number): Promise<string> => {
    await api.broker.queue('made', [newTask(id)])
    for await (const line of control.export(`id:${id}`)) {
      const task = JSON.parse(line) as object
      const at = Date.now() - age
      return JSON.stringify({ ...task, id: `${id}-late`, queue, queuedAt: at, dueAt: at })
    }
    throw new Error('expected a line')
  }
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
    await api.broker.queue('mail', [newTask('a', { job: 'unknown' })])
    // It consumes the queue of its node, too.
    expect([...new Set(await found())].sort()).toEqual(['job-unknown', 'workers-quiet'])
    expect((await control.doctor()).healthy).toBe(false)
  })

  it.each([
    [59_000, []],
    [61_000, ['queue-busy-elsewhere']],
  ])('finds a queue whose workers are busy with other queues, where a task waits for %i ms', async (age, names) => {
    await control.import([await lineOf('waits', 'mail', age), await lineOf('runs', 'slow', 0)])
    const worker = { id: 'host-1~aaaaaaaa~1', slots: 1, leaseTtl: 60_000 }
    await api.broker.join('mail', worker)
    await api.broker.join('slow', worker)
    await api.broker.settle({ queue: 'slow', worker: worker.id, lane: 0, seq: 1 }, [], 1)
    const { checks } = await control.doctor()
    expect((await found()).filter((name) => name === 'queue-busy-elsewhere')).toEqual(names)
    if (names.length === 0) return
    expect(checks.find(({ name }) => name === 'queue-busy-elsewhere')).toMatchObject({
      state: 'warning',
      says: expect.stringMatching(
        /^a task of queue mail has waited for 1 min \d+ s: all of the 1 slot of 1 worker are in use, by tasks of other queues of theirs: slow$/,
      ) as unknown,
      fix: 'add workers, or raise concurrentTasks; workers that consume this queue alone keep their slots for it',
    })
    // Whoever does not see the other queue does not learn its name.
    const seen = await diagnose(controlParts(apiParts(api)), (queue) => queue === 'mail')
    const told = seen.checks.find(({ name }) => name === 'queue-busy-elsewhere')
    expect(told?.says).toMatch(/in use, by tasks of other queues of theirs$/)
  })

  it('finds workers that do not answer', async () => {
    await api.broker.join('mail', { id: 'host-1~aaaaaaaa~1', slots: 1, leaseTtl: 60_000 })
    expect(await found()).toEqual(['worker-silent'])
  })

  const put = async (id: string, delay = 0): Promise<void> => {
    await api.broker.queue('mail', [newTask(id, { delay })])
  }

  it('finds queues that are paused, and those without a worker; a pause of an operator is meant for an hour', async () => {
    await put('a')
    expect(await found()).toEqual(['queue-without-worker'])
    await control.pause('mail', { by: 'ada', reason: 'new gateway' })
    expect(await found()).toEqual(['queue-without-worker'])
    const says = (await control.doctor()).checks.map((check) => check.says).join('\n')
    expect(says).toMatch(/queue mail has been paused for \d+ m?s by ada \(new gateway\); 1 task is ready/)
    await control.resume('mail')
    await api.tasks.pause('other')
    expect((await found()).sort()).toEqual(['queue-paused', 'queue-without-worker'])
  })

  it('says what the store is, and looks at each queue once', async () => {
    await put('a')
    const operations = api.broker.operations()
    if (operations === null) throw new Error('expected operations')
    const inspect = operations.inspect.bind(operations)
    let looks = 0
    operations.inspect = async (queue) => {
      looks += 1
      return await inspect(queue)
    }
    const { checks } = await control.doctor()
    expect(checks.find(({ name }) => name === 'server')?.says).toMatch(/^(?:Redis|Valkey|SQLite) \d+\.\d+/)
    expect(looks).toBe((await api.broker.queues()).length)
  })

  it('finds periodic jobs that are overdue, without their code', async () => {
    const tick = { expected: null, at: Date.now() - 3 * 3_600_000, operation: 'x', task: null }
    await api.broker.tick('mail', { ...tick, job: 'hourly', schedule: 'every 3600000 ms' })
    await api.broker.tick('mail', {
      ...tick,
      job: 'daily',
      schedule: 'every 86400000 ms at 0:0:0 in Europe/Rome',
      at: Date.now(),
    })
    await api.broker.tick('mail', { ...tick, job: 'minutely', schedule: 'cron * * * * * in UTC' })
    await api.broker.tick('mail', { ...tick, job: 'own', schedule: 'isDue' })
    expect(await found()).toEqual(['schedule-overdue', 'schedule-overdue'])
    const overdue = (await control.schedules()).map((each) => [each.job, Math.round((each.overdue ?? -1) / 3_600_000)])
    expect(overdue).toEqual([
      ['daily', 0],
      ['hourly', 2],
      ['minutely', 3],
      ['own', -0],
    ])
    // When they are due next is known without their code, too.
    const next = new Map((await control.schedules()).map((each) => [each.job, each.next]))
    expect(next.get('hourly')).toBe(tick.at + 3 * 3_600_000)
    expect(next.get('daily')).toBeGreaterThan(Date.now())
    expect(next.get('own')).toBeNull()
  })

  it('finds tasks that wait for a limit of which nobody has a place', async () => {
    // As a worker has parked it twenty seconds ago.
    await put('a', 580_000)
    expect(await found()).toEqual(['limit-without-holder'])
    await put('b', 60_000)
    await api.tasks.revoke('a')
    expect(await found()).toEqual([])
  })

  it('finds clocks that are wrong, blocked event loops, and workers that know different jobs', async () => {
    const subscriptions = await Promise.all(
      ['aaaaaaaa', 'bbbbbbbb'].map(async (name, i) => {
        const id = `host-1~${name}~1`
        const subscription = await api.broker.openWorker('mail', id, (notice) => {
          if (notice.kind !== 'order') return
          const { answer } = JSON.parse(notice.order) as SentOrder
          const now = Date.now() + (i === 0 ? 60_000 : 0)
          const of = { pid: 1, running: 0, processed: 0, memory: 1, eventLoopDelay: i * 5_000, jobs: ['work'] }
          const process = { ...of, now, manifest: name }
          const description = { knowsJob: true, jobs: 1, version: '1.0.0', isQuiet: false, process }
          void api.pubsub.publish(answer, 'answer', [JSON.stringify({ refusal: null, description })])
        })
        await api.broker.join('mail', { id, slots: 1, leaseTtl: 60_000 })
        return subscription
      }),
    )
    expect((await found()).sort()).toEqual(['event-loop-blocked', 'manifests', 'worker-clock'])
    for (const subscription of subscriptions) await subscription.close()
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

const LOOK: QueueInspection = {
  paused: false,
  sizes: { ready: 0, delayed: 0, held: 0 },
  failed: 0,
  stats: { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, reclaimed: 0 } as QueueInspection['stats'],
  ready: [],
  nextDue: null,
  workers: [{ id: 'host-1~aaaaaaaa~1', slots: 1, leaseTtl: 15_000, expiresIn: 14_000, state: 'alive', held: 0 }],
  lost: [],
  suspects: 0,
  samples: [],
  now: 10_000_000_000,
}
const waiting = (ms: number): Partial<QueueInspection> => ({
  sizes: { ready: 3, delayed: 0, held: 0 },
  ready: [{ priority: 4, count: 3, oldest: LOOK.now - ms }],
})
const HOUR = 3_600_000

describe('a queue by one look at it', () => {
  it.each<[string, Partial<QueueInspection>, number | null, number | null, string[]]>([
    ['is well', {}, null, null, []],
    ['is well while tasks wait a little', waiting(59_000), 10, null, []],
    ['is slow after ten minutes', waiting(600_001), null, null, ['queue-slow']],
    ['is slow at ten times its usual wait', waiting(101_000), 10_000, null, ['queue-slow']],
    ['is not slow where tasks wait that long as a rule', waiting(700_000), 100_000, null, []],
    ['has no worker', { ...waiting(1), workers: [] }, null, null, ['queue-without-worker']],
    ['is abandoned', { ...waiting(25 * HOUR), workers: [] }, null, null, ['queue-abandoned']],
    ['was paused an hour ago', { paused: true }, null, HOUR, ['queue-paused']],
    ['was paused', { paused: true }, null, HOUR - 1, []],
    ['has suspects', { suspects: 2 }, null, null, ['suspects']],
    ['has tasks on their way', { moving: 2 }, null, null, ['moving']],
    [
      'has a lease that lapses soon',
      { workers: LOOK.workers.map((worker) => ({ ...worker, expiresIn: 4_999 })) },
      null,
      null,
      ['lease-late'],
    ],
  ])('%s', (_, look, usualWait, pausedFor, names) => {
    const pausedBy = pausedFor === null ? null : { at: LOOK.now - pausedFor, by: 'ada', reason: null }
    const checks = checkQueue('mail', { ...LOOK, ...look }, { usualWait, pausedBy, busyElsewhere: [] })
    expect(checks.filter(({ state }) => state !== 'ok' && state !== 'info').map(({ name }) => name)).toEqual(names)
  })
})

describe('a store', () => {
  it('on a disk that is remote or full, or with a log that is not moved, is told', () => {
    const well = { kind: 0xef53, free: 10e9, log: 16e6 }
    const named = (facts: Partial<typeof well>) =>
      fileFindings('/data', { ...well, ...facts }).map(({ name, state }) => `${name} ${state}`)
    expect(named({})).toEqual([])
    expect(named({ kind: 0x6969 })).toEqual(['network-file-system fault'])
    expect(named({ kind: 0x65735546 })).toEqual(['network-file-system warning'])
    // As Node gives it where the number is negative.
    expect(named({ kind: 0xff534d42 | 0 })).toEqual(['network-file-system fault'])
    expect(named({ free: 500e6 })).toEqual(['disk warning'])
    expect(named({ free: 10e6 })).toEqual(['disk fault'])
    expect(named({ log: 2e9 })).toEqual(['wal warning'])
  })

  it('whose clock is not that of this machine is told', () => {
    const now = Date.now()
    expect(checkClock(now, now + 1)).toEqual([])
    expect(checkClock(now, null)).toEqual([])
    expect(checkClock(now, now - 5_000)[0]?.says).toContain('5 s before that of the store')
    expect(checkClock(now, now + 60_000)[0]?.says).toContain('behind that of the store')
  })
})

describe('a Redis', () => {
  it('that evicts, has little memory, or forgets when it ends is told', async () => {
    const redis = STORES.find(({ store }) => store === 'redis')
    if (redis === undefined) throw new Error('expected a Redis')
    const store = await redis.make()
    const app = new PulsarQueue({ dataStore: store.url, taskPaths: [], parseConsole: false, logLevel: 'silent' })
    try {
      const { control } = await app.api().start()
      const found = async () =>
        (await control.doctor()).checks
          .filter(({ state }) => state !== 'ok' && state !== 'info')
          .map(({ name, state }) => `${name} ${state}`)
      expect((await control.doctor()).checks).toContainEqual(
        expect.objectContaining({ name: 'appendonly', state: 'info', fix: null }),
      )
      expect(await found()).toEqual([])
      const server = await store.redisOf?.('mail')
      await server?.config('SET', 'maxmemory-policy', 'allkeys-lru')
      expect(await found()).toEqual(['maxmemory-policy fault'])
      expect((await control.doctor()).healthy).toBe(false)
      await server?.config('SET', 'maxmemory-policy', 'noeviction')
      const used = Number(/used_memory:(\d+)/.exec((await server?.info('memory')) ?? '')?.[1])
      await server?.config('SET', 'maxmemory', Math.round(used * 1.06))
      expect(await found()).toEqual(['memory warning'])
      await server?.config('SET', 'maxmemory', '0')
      // Its master is away.
      await server?.call('REPLICAOF', '127.0.0.1', '1')
      expect(await found()).toContain('replica fault')
      await server?.call('REPLICAOF', 'NO', 'ONE')
      expect(await found()).toEqual([])
    } finally {
      await app.close()
      await store.dispose()
    }
  })
})
