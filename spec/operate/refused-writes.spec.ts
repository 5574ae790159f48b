import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Api, TaskFuture } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import { runPq } from '../support/run-pq.js'
import { until } from '../support/until.js'

const QUEUE = 'looked-at'
const opened: PulsarQueue[] = []
const ends: (() => void)[] = []

const works = defineJob({ name: 'works' }, (n: number) => n)
const fails = defineJob({ name: 'fails', maxRetries: 0 }, (n: number) => {
  throw new Error(`not ${String(n)}`)
})
const lasts = defineJob({ name: 'lasts' }, async (_n: number) => {
  await new Promise<void>((resolve) => ends.push(resolve))
})
defineJob({ name: 'comes.round', runEvery: '1h' }, () => null)

const WITHOUT_REPLICAS = {
  options: (): string[] => [],
  refuse: async (redis: Redis): Promise<void> => {
    await redis.config('SET', 'min-replicas-to-write', '1')
  },
}
/** Its directory is gone. */
const WITHOUT_DISK = {
  options: (directory: string): string[] => ['--dir', directory, '--save', '3600 1'],
  refuse: async (redis: Redis, directory: string): Promise<void> => {
    rmSync(directory, { recursive: true })
    // Where the fork itself succeeds, it says so later.
    await redis.bgsave().catch(() => undefined)
    await until('the save to fail', async () =>
      (await redis.info('persistence')).includes('rdb_last_bgsave_status:err') ? true : undefined,
    )
  },
}

/** Ids of tasks, by where they stand. */
type Ids = Readonly<Record<'done' | 'failed' | 'held' | 'ready', string>>

async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of items) count += 1
  return count
}

/** Among them, since the worker has another queue. */
const QUEUES: unknown = expect.arrayContaining([
  expect.objectContaining({ name: QUEUE }),
  expect.objectContaining({ name: 'other' }),
])

const OF_WORKER: unknown = expect.arrayContaining([expect.objectContaining({ queue: QUEUE })])

const WITH_FAULT: unknown = expect.objectContaining({
  checks: expect.arrayContaining([expect.objectContaining({ state: 'fault' })]) as unknown,
})

/** What is looked at, and what it shows. */
const LOOKS: Readonly<Record<string, readonly [look: (api: Api, ids: Ids) => unknown, shown: unknown]>> = {
  'tasks.get': [({ tasks }, { held }) => tasks.get(held), { statusString: 'STARTED' }],
  'tasks.get of one that has ended': [({ tasks }, { done }) => tasks.get(done), { statusString: 'SUCCESS', result: 1 }],
  'tasks.size': [({ tasks }) => tasks.size('other'), [1]],
  queues: [({ control }) => control.queues(), QUEUES],
  queue: [({ control }) => control.queue(QUEUE), { held: 1, failed: 1, workers: 1 }],
  'list of ready ones': [
    ({ control }) => control.list({ queue: 'other', state: 'ready' }),
    { tasks: [{ job: 'works' }] },
  ],
  'list of held ones': [({ control }) => control.list({ queue: QUEUE, state: 'held' }), { tasks: [{ job: 'lasts' }] }],
  'list of failed ones': [
    ({ control }) => control.list({ queue: QUEUE, state: 'failed' }),
    { tasks: [{ job: 'fails' }] },
  ],
  'list of recent ones': [({ control }) => control.list({ queue: QUEUE, state: 'recent' }), { tasks: [] }],
  find: [({ control }) => countOf(control.find('')), 3],
  show: [({ control }, { done }) => control.show(done), { statusString: 'SUCCESS' }],
  explain: [({ control }, { held }) => control.explain(held), { state: 'held' }],
  plan: [({ control }) => control.plan('retry', 'state:failed'), { count: 1 }],
  problems: [({ control }) => control.problems(), [{ job: 'fails' }]],
  workers: [({ control }) => control.workers(), [{ queues: OF_WORKER }]],
  overview: [({ control }) => control.overview(), { queues: QUEUES }],
  schedules: [({ control }) => control.schedules(), [{ job: 'comes.round', last: null }]],
  series: [({ control }) => control.series({ queue: QUEUE, from: 0, step: '1m' }), {}],
  jobs: [({ control }) => control.jobs(), []],
  audit: [({ control }) => control.audit(), []],
  doctor: [({ control }) => control.doctor(), WITH_FAULT],
  metrics: [({ control }) => control.metrics(), expect.stringContaining('pulsar_queue_tasks{')],
  export: [({ control }) => countOf(control.export('')), 3],
}

describe.each([
  ['whose replicas are gone', 'NOREPLICAS', WITHOUT_REPLICAS],
  ['that cannot save', 'MISCONF', WITHOUT_DISK],
])('a Redis %s', (_how, refusal, { options, refuse }) => {
  const directory = mkdtempSync(join(tmpdir(), 'pq-refused-'))
  let server: RedisServer
  let redis: Redis
  let api: Api
  let newcomer: Api
  const ids = { done: '', failed: '', held: '', ready: '' }

  const open = (): PulsarQueue => {
    const dataStore = `${server.url}?connectTimeout=500ms`
    const app = new PulsarQueue({ dataStore, taskQueues: [QUEUE], workers: 0, parseConsole: false, logLevel: 'silent' })
    opened.push(app)
    return app
  }

  beforeAll(async () => {
    server = await startRedisServer(options(directory))
    redis = new Redis(server.url)
    const app = open()
    await app.start()
    api = await app.api().start()
    const task = (job: typeof works | typeof fails | typeof lasts, more = {}): TaskFuture =>
      api.tasks.queue(job, [1], { queue: QUEUE, ...more })
    ids.done = (await task(works)).id
    ids.failed = (await task(fails)).id
    ids.held = task(lasts).id
    await until('it to run', () => (ends.length > 0 ? true : undefined))
    ids.ready = (await api.tasks.queue(works, [1], { queue: 'other', callback: false })).id
    await refuse(redis, directory)
    newcomer = await open().api().start()
  })
  afterAll(async () => {
    for (const end of ends.splice(0)) end()
    await redis.config('SET', 'min-replicas-to-write', '0')
    await redis.config('SET', 'save', '')
    for (const app of opened.splice(0)) await app.close()
    redis.disconnect()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  it.each(Object.entries(LOOKS))(
    'answers an app that was connected before, and a new one: %s',
    async (_name, [look, shown]) => {
      for (const each of [api, newcomer]) expect({ shown: await look(each, ids) }).toMatchObject({ shown })
    },
  )

  it('answers pq ls, and refuses what has to write', async () => {
    const { code, stdout } = await runPq(['ls', '--store', server.url])
    expect([code, stdout]).toEqual([0, expect.stringContaining(QUEUE)])
    await expect(api.tasks.queue(works, [1], { queue: QUEUE })).rejects.toThrow(refusal)
    await expect(api.control.pause(QUEUE)).rejects.toThrow(refusal)
  })
})
