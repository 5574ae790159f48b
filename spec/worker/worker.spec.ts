import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { PulsarQueue, Task } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../support/server-process.js'
import { Servers } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('./fixtures/jobs.ts', import.meta.url)
const TASKS = 100

describe.each(STORES)('a worker on $store', ({ make }) => {
  let store: Store
  let app: PulsarQueue
  let api: Api
  let effects: string
  let directory: string
  const servers = new Servers(MANAGE)

  const serve = async (env: Record<string, string> = {}, ...args: string[]): Promise<ServerProcess> =>
    await servers.start(store.url, env, args)

  const lines = (): string[] =>
    readFileSync(effects, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  const line = async (start: string): Promise<string> =>
    await until(`a line that starts with ${start}`, () => lines().find((each) => each.startsWith(start)))

  beforeAll(async () => {
    store = await make()
  })
  afterAll(async () => {
    await store.dispose()
  })
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pq-effects-'))
    effects = join(directory, 'effects')
    writeFileSync(effects, '')
    app = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], parseConsole: false, logLevel: 'silent' })
    api = await app.api().start()
  })
  afterEach(async () => {
    await servers.kill()
    await api.tasks.flushQueues()
    await app.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('runs a task and records its result', async () => {
    await serve()
    const task = await api.tasks.queue('addition', { a: 4, b: 6 })
    expect(task).toBeInstanceOf(Task)
    expect(task.result).toBe(10)
    expect(task.statusString).toBe('SUCCESS')
    expect(String(task)).toBe(`task.addition<${task.id}><SUCCESS>`)
    expect((await api.tasks.get(task.id))?.result).toBe(10)
  })

  it('finishes every one of 100 running tasks elsewhere when it is killed', async () => {
    const first = await serve({ HOLD: '1' }, '--concurrent-tasks', String(TASKS))
    const futures = api.tasks.queueMany(
      'hold',
      Array.from({ length: TASKS }, (_, index) => ({ index, effects })),
    )
    await until('all tasks to run', () => (lines().length === TASKS ? true : undefined))
    await first.kill('SIGKILL')
    await serve({ HOLD: '0' }, '--concurrent-tasks', String(TASKS))
    const tasks = await Promise.all(futures)
    expect(tasks.map(({ statusString, result }) => [statusString, result])).toEqual(
      Array.from({ length: TASKS }, (_, index) => ['SUCCESS', index * 2]),
    )
    const starts = new Map<string, number[]>()
    for (const each of lines()) {
      const [index = '', fence = ''] = each.split(' ')
      starts.set(index, [...(starts.get(index) ?? []), Number(fence)])
    }
    expect(starts.size).toBe(TASKS)
    for (const fences of starts.values()) {
      expect(fences).toHaveLength(2)
      expect(fences[1]).toBeGreaterThan(fences[0] ?? Infinity)
    }
    expect(await api.tasks.size()).toEqual([0])
  }, 60_000)

  it('retries a task that fails, counting its runs, until it succeeds', async () => {
    await serve()
    const task = await api.tasks.queue('flaky', { succeedAt: 3 })
    expect([task.statusString, task.result, task.retry]).toEqual(['SUCCESS', 3, 3])
  })

  it('ends a task as FAILURE when its retries are used up', async () => {
    await serve()
    const task = await api.tasks.queue('flaky', { succeedAt: 9 })
    expect([task.statusString, task.exception, task.retry]).toEqual(['FAILURE', 'run 3 failed', 3])
    const once = await api.tasks.queue('flaky', { succeedAt: 9 }, { metaParams: { maxRetries: 0 } })
    expect(once.retry).toBe(1)
  })

  it('does not retry what cannot succeed', async () => {
    await serve()
    const task = await api.tasks.queue('hopeless')
    expect([task.statusString, task.exception, task.retry]).toEqual(['FAILURE', 'there is no hope', 1])
  })

  it('ends a run that takes longer than its timeout as REVOKED', async () => {
    await serve()
    const task = await api.tasks.queue('endless')
    expect(task.statusString).toBe('REVOKED')
    expect(task.exception).toContain('timeout of 0.1 s')
    const other = await api.tasks.queue('patient', { effects }, { timeout: '50ms' })
    expect(other.statusString).toBe('REVOKED')
    expect(lines()).toContain('aborted timeout')
  })

  it('stops a running task that is revoked from another process', async () => {
    await serve()
    const future = api.tasks.queue('patient', { effects })
    await line(`started ${future.id}`)
    expect(await api.tasks.revoke(future.id)).toBe(true)
    expect((await future).statusString).toBe('REVOKED')
    expect(await line('aborted')).toBe('aborted revoked')
    expect(await api.tasks.revoke(future.id)).toBe(false)
  })

  it('does not start a task that is revoked while it waits, or that has expired', async () => {
    const revoked = api.tasks.queue('patient', { effects })
    expect(await revoked.revoke()).toBe(true)
    expect((await revoked).statusString).toBe('REVOKED')
    const expired = await api.tasks.queue('patient', { effects }, { expires: '1ms', callback: false })
    await until('the task to expire', () => (Date.now() > expired.timeQueued + 10 ? true : undefined))
    await serve()
    const task = await expired.doneCallback.wait()
    expect([task.statusString, task.exception]).toEqual(['REVOKED', 'it expired before it started'])
    expect(lines()).toEqual([])
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('lets what runs finish on %s, and ends with exit code 0', async (signal) => {
    const server = await serve({}, '--concurrent-tasks', '1')
    const running = api.tasks.queue('patient', { effects, limit: 300 })
    await line(`started ${running.id}`)
    const waiting = await api.tasks.queue('addition', { a: 1 }, { callback: false })
    expect(await server.kill(signal)).toBe(0)
    const task = await running
    expect([task.statusString, task.result]).toEqual(['SUCCESS', 'in time'])
    expect((await api.tasks.get(waiting.id))?.statusString).toBe('QUEUED')
  })

  it('releases what does not finish within the grace period, and no run counts', async () => {
    const server = await serve({}, '--grace-period', '100ms')
    const future = api.tasks.queue('patient', { effects, limit: 3_000 })
    await line(`started ${future.id}`)
    expect(await server.kill('SIGTERM')).toBe(0)
    expect(await line('aborted')).toBe('aborted shutdown')
    await serve()
    const task = await future
    expect([task.statusString, task.result, task.retry]).toEqual(['SUCCESS', 'in time', 1])
  })

  it('keeps its lease while a job blocks the event loop for longer than the lease lasts', async () => {
    await serve()
    await serve()
    const started: string[] = []
    await api.onEvents('task', 'started', (_channel, _event, task) => started.push(task.id))
    const task = await api.tasks.queue('spin', { ms: 2_500 })
    expect([task.statusString, task.retry]).toEqual(['SUCCESS', 1])
    expect(started.filter((id) => id === task.id).length).toBeLessThanOrEqual(1)
  })

  it('fails a task with arguments that the job does not take, without burning retries', async () => {
    await serve()
    const flaky = { job: 'flaky', tags: [] }
    const body = JSON.stringify({ a: { succeedAt: 1, other: 2 } })
    await api.broker.queue('pulsarqueue', [
      { id: 'by-hand', ...flaky, body, priority: 4, delay: 0, inbox: null, checkDuplicate: true },
      { id: 'garbage', ...flaky, body: '{"a":', priority: 4, delay: 0, inbox: null, checkDuplicate: true },
    ])
    const task = await until('the end', async () => {
      const now = await api.tasks.get('by-hand')
      return now?.done() === true ? now : undefined
    })
    expect(task.statusString).toBe('FAILURE')
    expect(task.exception).toContain('other')
    expect(task.retry).toBe(1)
    const next = await api.tasks.queue('addition', { a: 1 })
    expect(next.result).toBe(2)
  })

  it('starts delayed tasks when they are due, and higher priorities first', async () => {
    const order: string[] = []
    await api.onEvents('task', 'done', (_channel, _event, task) => order.push(task.id))
    const low = api.tasks.queue('addition', { a: 1 }, { priority: 1 })
    const high = api.tasks.queue('addition', { a: 2 }, { priority: 9 })
    await until('both to be queued', async () => ((await api.tasks.size())[0] === 2 ? true : undefined))
    await serve({}, '--concurrent-tasks', '1')
    await Promise.all([low, high])
    const late = api.tasks.queue('addition', { a: 3 }, { delay: '300ms', priority: 9 })
    const third = await late
    expect(third.timeStarted - third.timeQueued).toBeGreaterThanOrEqual(299)
    await until('all events', () => (order.length === 3 ? true : undefined))
    expect(order).toEqual([high.id, low.id, late.id])
  })
})
