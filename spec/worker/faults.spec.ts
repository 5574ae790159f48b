import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api, TaskFuture } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { RedisBroker } from '../../lib/stores/redis/redis-broker.js'
import { freeze } from '../support/freeze.js'
import type { ServerProcess } from '../support/server-process.js'
import { Servers } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('./fixtures/jobs.ts', import.meta.url)
/** What is no task: cut off, not text, of another serializer, and of the wrong shape. */
const UNREADABLE = ['{"n":"addi', '\xff\xfe\x00', '\x93abc', '[]', 'null', '7', '']

describe.each(STORES)('a worker on $store under faults', ({ store: kind, make }) => {
  let store: Store
  let app: PulsarQueue
  let api: Api
  let directory: string
  let effects: string
  const servers = new Servers(MANAGE)

  const serve = async (env: Record<string, string> = {}, ...args: string[]): Promise<ServerProcess> =>
    await servers.start(store.url, env, args)

  const lines = (): string[] => readFileSync(effects, 'utf8').split('\n')
  const seen = async (start: string, times: number): Promise<unknown> =>
    await until(`${String(times)} of ${start}`, () =>
      lines().filter((line) => line.startsWith(start)).length >= times ? true : undefined,
    )

  beforeEach(async () => {
    store = await make()
    directory = mkdtempSync(join(tmpdir(), 'pq-effects-'))
    effects = join(directory, 'effects')
    writeFileSync(effects, '')
    app = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], parseConsole: false, logLevel: 'silent' })
    api = await app.api().start()
  })
  afterEach(async () => {
    await servers.kill()
    await app.close()
    await store.dispose()
    rmSync(directory, { recursive: true, force: true })
  })

  /** One worker froze in the middle of the task; another has started it anew. */
  async function frozenIn(future: TaskFuture): Promise<{ frozen: ServerProcess; other: ServerProcess }> {
    const frozen = await serve()
    await seen('started', 1)
    freeze(frozen.process, store.url)
    const other = await serve()
    await seen('started', 2)
    expect((await api.tasks.get(future.id))?.worker).toContain(`-${String(other.pid)}`)
    return { frozen, other }
  }

  it('that was frozen for longer than its lease aborts what ran, and goes on consuming', async () => {
    const future = api.tasks.queue('patient', { effects, limit: 600_000 })
    const { frozen, other } = await frozenIn(future)
    frozen.process.kill('SIGCONT')
    await seen('aborted', 1)
    expect(lines().filter((line) => line.startsWith('aborted'))).toEqual(['aborted lease-lost'])
    // The other one's run goes on, until somebody revokes it.
    expect(await future.revoke()).toBe(true)
    await seen('aborted revoked', 1)
    expect(await other.kill('SIGTERM')).toBe(0)
    expect((await api.tasks.queue('addition', { a: 1, b: 2 })).worker).toContain(`-${String(frozen.pid)}`)
  })

  it('that was frozen before a task came does not start it once its lease is over', async () => {
    const frozen = await serve()
    await api.tasks.queue('addition', { a: 1, b: 2 })
    freeze(frozen.process, store.url)
    // It is idle, so it is the one that gets the task.
    const future = api.tasks.queue('patient', { effects, limit: 1 })
    const other = await serve()
    expect((await future).worker).toContain(`-${String(other.pid)}`)
    frozen.process.kill('SIGCONT')
    await until('its lease to be lost', () => (frozen.output().includes('was lost') ? true : undefined))
    expect(await other.kill('SIGTERM')).toBe(0)
    expect((await api.tasks.queue('addition', { a: 1, b: 2 })).worker).toContain(`-${String(frozen.pid)}`)
    expect(lines().filter((line) => line.startsWith('started'))).toHaveLength(1)
  })

  it('that was frozen for longer than its lease changes nothing of what ended elsewhere', async () => {
    const future = api.tasks.queue('patient', { effects, limit: 1_000 })
    const { frozen, other } = await frozenIn(future)
    const task = await future
    expect(task).toMatchObject({ statusString: 'SUCCESS', result: 'in time', retry: 1 })
    expect(task.worker).toContain(`-${String(other.pid)}`)
    // Its own run is long over by its clock: it ends at once, with a result.
    frozen.process.kill('SIGCONT')
    await until('its refusal', () =>
      /lease on queue pulsarqueue was lost|refused as/.test(frozen.output()) ? true : undefined,
    )
    expect(await frozen.kill('SIGTERM')).toBe(0)
    expect(await api.tasks.get(task.id)).toEqual(task)
  })

  it('that is killed together with all others leaves nothing undone', async () => {
    const all = await Promise.all([1, 2].map(async () => await serve({ HOLD: '1' }, '--concurrent-tasks', '500')))
    const futures = api.tasks.queueMany(
      'hold',
      Array.from({ length: 1_000 }, (_, index) => ({ index, effects })),
    )
    await until('all tasks to run', () => (lines().length > 1_000 ? true : undefined))
    await Promise.all(all.map(async (server) => await server.kill('SIGKILL')))
    await serve({ HOLD: '0' }, '--concurrent-tasks', '500')
    const tasks = await Promise.all(futures)
    expect(tasks.map(({ statusString, result }) => [statusString, result])).toEqual(
      Array.from({ length: 1_000 }, (_, index) => ['SUCCESS', index * 2]),
    )
    const starts = new Map<string, number[]>()
    for (const line of lines().filter((each) => each !== '')) {
      const [index = '', fence = ''] = line.split(' ')
      starts.set(index, [...(starts.get(index) ?? []), Number(fence)])
    }
    for (const [first = 0, second = 0, ...more] of starts.values()) {
      expect([second > first, more]).toEqual([true, []])
    }
    expect(await api.tasks.size()).toEqual([0])
  })

  it('that does not know a job leaves the task to a worker that does, and no run counts', async () => {
    const old = await serve({}, '--task-paths', fileURLToPath(new URL('./fixtures/queue-jobs.ts', import.meta.url)))
    const future = api.tasks.queue('addition', { a: 1, b: 2 })
    const refusals = (): number => old.output().split('no job is named \\"addition\\" here').length - 1
    await until('it to be refused', () => (refusals() > 0 ? true : undefined))
    const knows = await serve()
    const before = refusals()
    const task = await future
    // While both are idle, the one that knows the job looks at one of the next due times.
    expect(refusals() - before).toBeLessThanOrEqual(3)
    expect(task).toMatchObject({ statusString: 'SUCCESS', result: 3, retry: 1 })
    expect(task.worker).toContain(`-${String(knows.pid)}`)
  })

  it('ends unreadable tasks as FAILURE with the reason, and lives', async () => {
    const broker = kind === 'redis' ? new RedisBroker(store.url) : new EmbeddedBroker(store.url)
    await broker.connect()
    const server = await serve()
    const unreadable = UNREADABLE.map((body, i) => ({
      id: `unreadable-${String(i)}`,
      job: 'addition',
      tags: [],
      body: Buffer.from(body, 'latin1'),
      priority: 9,
      delay: 0,
      inbox: null,
      checkDuplicate: true,
    }))
    await broker.queue('pulsarqueue', unreadable)
    expect((await api.tasks.queue('addition', { a: 1, b: 2 })).result).toBe(3)
    for (const { id } of unreadable) {
      const record = await until(`the end of ${id}`, async () => {
        const [found] = await broker.get('pulsarqueue', [id])
        return found?.header.status === 2 ? found : undefined
      })
      expect(record.header.runs, id).toBe(1)
      expect(JSON.parse(Buffer.from(record.outcome ?? []).toString()), id).toMatchObject({
        e: expect.stringMatching(/./) as string,
      })
    }
    await broker.close()
    expect(await server.kill('SIGTERM')).toBe(0)
  })
})
