import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api, Task } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../support/server-process.js'
import { Servers } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { untilStarted } from '../support/until-started.js'
import { childrenOf } from '../support/processes.js'
import { pidOf, spinTasks } from './spin.js'

const MANAGE = fileURLToPath(new URL('../app/fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('../worker/fixtures/jobs.ts', import.meta.url)

describe.each(STORES)('the supervisor of worker processes on $store', ({ make }) => {
  let store: Store
  let directory: string
  let broken: string
  let killed: string
  let app: PulsarQueue
  let api: Api
  let server: ServerProcess
  const servers = new Servers(MANAGE)

  const serve = async (...more: string[]): Promise<void> => {
    const settings = ['--workers', '2', '--lease-ttl', '2s', '--log-level', 'info']
    server = await servers.start(store.url, { BROKEN: broken, KILLED: killed }, [...settings, ...more])
  }
  const says = async (text: string): Promise<void> => {
    await until(text, () => (server.output().includes(text) ? true : undefined))
  }

  beforeAll(async () => {
    store = await make()
    directory = mkdtempSync(join(tmpdir(), 'pq-supervisor-'))
  })
  afterAll(async () => {
    await store.dispose()
    rmSync(directory, { recursive: true })
  })
  beforeEach(async () => {
    broken = join(directory, String(Math.random()))
    killed = `${broken}-killed`
    app = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], logLevel: 'silent' })
    api = await app.api().start()
  })
  afterEach(async () => {
    await servers.kill()
    await app.close()
  })

  it('replaces a worker that has run maxRequests tasks, without dropping a task or counting a run twice', async () => {
    await serve('--max-requests', '20')
    expect(server.output()).toContain(`consumes ${api.nodeName}, pulsarqueue from`)
    const pids = new Set<number>()
    await until('several workers to be replaced', async () => {
      for (const task of await spinTasks(api, 60)) {
        expect(task).toMatchObject({ statusString: 'SUCCESS', retry: 1 })
        pids.add(pidOf(task))
      }
      return pids.size >= 5 ? true : undefined
    })
    expect(server.output()).toContain('has run its maxRequests tasks; another takes its place')
    expect(server.output()).not.toMatch(/ended with/)
    expect(await server.kill('SIGTERM')).toBe(0)
  })

  it('rolls all workers on SIGHUP, one by one, while they go on working', async () => {
    await serve()
    const before = new Set(childrenOf(server.pid))
    server.process.kill('SIGHUP')
    const during: Task[] = []
    await until('the roll', async () => {
      during.push(...(await spinTasks(api, 20)))
      return server.output().includes('all worker processes are replaced') ? true : undefined
    })
    for (const task of during) expect(task).toMatchObject({ statusString: 'SUCCESS', retry: 1 })
    for (const task of await spinTasks(api, 40)) expect(before.has(pidOf(task))).toBe(false)
    expect(server.output()).not.toMatch(/ended with/)
  })

  it('keeps the old workers when the new ones cannot start, and logs that', async () => {
    await serve()
    const before = new Set(childrenOf(server.pid))
    writeFileSync(broken, '')
    server.process.kill('SIGHUP')
    await says('before it was ready; the old one goes on')
    await says('the other worker processes are not replaced')
    for (const task of await spinTasks(api, 40)) expect(before.has(pidOf(task))).toBe(true)
    rmSync(broken)
    server.process.kill('SIGHUP')
    await says('all worker processes are replaced')
  })

  it('does not replace a worker that an operator has stopped', async () => {
    await serve()
    const [first = '', second = ''] = (await api.control.workers()).map(({ name }) => name)
    await api.control.worker(first).stop({ reason: 'of a spec' })
    await says('is stopped by an operator; no other one takes its place')
    await until('the worker to be gone', () => (childrenOf(server.pid).length === 1 ? true : undefined))
    for (const task of await spinTasks(api, 10)) expect(second).toContain(String(pidOf(task)))
    expect((await api.control.workers()).map(({ name }) => name)).toEqual([second])
    expect(await server.kill('SIGTERM')).toBe(0)
  })

  it('backs off from a worker that crashes again and again', async () => {
    await serve('--workers', '1')
    const [task] = await spinTasks(api, 1)
    writeFileSync(broken, '')
    if (task) process.kill(pidOf(task), 'SIGKILL')
    await says('3 times in a row; another starts in')
    const waits = [...server.output().matchAll(/starts in (\d+) ms/g)].map(([, ms]) => Number(ms))
    expect(waits[2]).toBeGreaterThan(1.5 * (waits[0] ?? Infinity))
    rmSync(broken)
    expect((await spinTasks(api, 1))[0]).toMatchObject({ statusString: 'SUCCESS' })
  })

  it('starts a worker anew that is killed before it is ready', async () => {
    writeFileSync(killed, '2')
    await serve()
    expect(
      server.output().match(/worker process 2 ended with SIGKILL before it was ready; another starts in/g),
    ).toHaveLength(2)
    expect((await spinTasks(api, 1))[0]).toMatchObject({ statusString: 'SUCCESS' })
  })

  it('cannot start when a worker is killed three times in a row before it is ready', async () => {
    writeFileSync(killed, '9')
    await expect(serve()).rejects.toThrow('worker process 2 ended with SIGKILL before it was ready, 3 times in a row')
  })

  it('releases running tasks at once on a second SIGTERM', async () => {
    await serve('--grace-period', '1h')
    const future = api.tasks.queue('patient', { effects: '/dev/null', limit: 3_600_000 })
    await untilStarted(api, future.id)
    server.process.kill('SIGTERM')
    await says('waits up to 3600 s for 1 running tasks')
    expect(await server.kill('SIGTERM')).toBe(0)
    expect(await api.tasks.get(future.id)).toMatchObject({ statusString: 'QUEUED', retry: 0 })
    await future.revoke()
    await future
  })
})
