import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deferred } from '../../lib/util/deferred.js'
import { isAlive } from '../support/processes.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const MANAGE = fileURLToPath(new URL('../worker/fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('../worker/fixtures/jobs.ts', import.meta.url)

describe.each(STORES)('a server with worker processes on $store', ({ make }) => {
  let store: Store
  let app: PulsarQueue
  let api: Api
  let server: ServerProcess | undefined

  beforeAll(async () => {
    store = await make()
  })
  afterAll(async () => {
    await store.dispose()
  })
  beforeEach(async () => {
    app = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], parseConsole: false, logLevel: 'silent' })
    api = await app.api().start()
  })
  afterEach(async () => {
    await server?.kill('SIGKILL')
    server = undefined
    await app.close()
  })

  const serve = async (...more: string[]): Promise<ServerProcess> => {
    const settings = ['--data-store', store.url, '--workers', '2', '--concurrent-tasks', '1', '--lease-ttl', '1s']
    return (server = await startServer(MANAGE, [...settings, ...more]))
  }
  const pidOf = (worker: string | null): number => Number(worker?.split('-').at(-1))

  it('shares the work between processes, and ends them all on SIGTERM with exit code 0', async () => {
    const { pid, kill } = await serve()
    const tasks = await Promise.all(
      api.tasks.queueMany(
        'spin',
        Array.from({ length: 8 }, () => ({ ms: 50 })),
      ),
    )
    const pids = new Set(tasks.map((task) => pidOf(task.worker)))
    expect(pids.size).toBe(2)
    expect(pids.has(pid)).toBe(false)
    for (const { id, worker, node, timeStarted } of tasks) {
      expect([worker, node]).toEqual([`${api.nodeName}-${String(pidOf(worker))}`, api.nodeName])
      expect(await api.tasks.get(id)).toMatchObject({ worker, node, timeStarted })
    }
    expect(await kill('SIGTERM')).toBe(0)
    expect([...pids].filter(isAlive)).toEqual([])
  })

  it('replaces a worker process that is killed, and what it ran runs again', async () => {
    await serve()
    const started = deferred<number>()
    await api.onEvents('task', 'started', (_channel, _event, task) => {
      if (task.name === 'patient') started.resolve(pidOf(task.worker))
    })
    // A worker learns with its next call that someone listens.
    await Promise.all(
      api.tasks.queueMany(
        'spin',
        Array.from({ length: 4 }, () => ({ ms: 20 })),
      ),
    )
    const future = api.tasks.queue('patient', { effects: '/dev/null', limit: 1_000 })
    const first = await started.promise
    process.kill(first, 'SIGKILL')
    const task = await future
    expect([task.statusString, pidOf(task.worker) === first]).toEqual(['SUCCESS', false])
    await until('the other to start', async () => (server?.output().includes('another starts') ? true : undefined))
    const [pids] = [new Set<number>()]
    await until('two processes to run tasks', async () => {
      const tasks = await Promise.all(
        api.tasks.queueMany(
          'spin',
          Array.from({ length: 4 }, () => ({ ms: 20 })),
        ),
      )
      for (const each of tasks) pids.add(pidOf(each.worker))
      return pids.size === 2 ? true : undefined
    })
    expect(pids.has(first)).toBe(false)
  }, 40_000)
})

describe('a worker process whose supervisor was killed', () => {
  it('drains and ends', async () => {
    const [first] = STORES
    const store = await first?.make()
    const url = store?.url ?? ''
    const app = new PulsarQueue({ dataStore: url, taskPaths: [JOBS], parseConsole: false, logLevel: 'silent' })
    const api = await app.api().start()
    await using server = await startServer(MANAGE, ['--data-store', url, '--workers', '1'])
    const { worker } = await api.tasks.queue('addition', { a: 1 })
    const pid = Number(worker?.split('-').at(-1))
    await server.kill('SIGKILL')
    await until('the worker process to end', () => (isAlive(pid) ? undefined : true))
    await app.close()
    await store?.dispose()
  })
})

describe('a server that cannot start', () => {
  it.each([
    ['an unknown setting', ['--wokers', '2'], /wokers.*did you mean.*workers/is],
    ['a job path that finds nothing', ['--task-paths', 'nowhere/*.js'], /nowhere/],
    [
      'a store that is not there',
      ['--data-store', 'redis://user:secret@127.0.0.1:1/0?connectTimeout=300ms'],
      /cannot reach redis:\/\/127\.0\.0\.1:1\/0 within 0\.3 s/,
    ],
    ['a directory that cannot be made', ['--data-store', 'embedded:/proc/no/such'], /\/proc\/no\/such/],
    ['a scheme that nobody knows', ['--data-store', 'rabbit://127.0.0.1'], /rabbit/],
  ])('says so and ends: %s', async (_what, args, message) => {
    const error = await startServer(MANAGE, ['--workers', '0', ...args]).then(
      () => null,
      (thrown: unknown) => thrown as Error,
    )
    expect(error?.message).toMatch(message)
    expect(error?.message).toMatch(/ended with 1 before it was ready/)
    expect(error?.message).not.toContain('secret')
  })
})
