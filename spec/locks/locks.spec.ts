import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../support/server-process.js'
import { Servers } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const JOBS = new URL('./fixtures/jobs.ts', import.meta.url)
const MODES = ['asyncio', 'thread', 'process'] as const

describe.each(STORES)('locks on $store', ({ make }) => {
  let store: Store
  let directory: string
  let effects: string
  let app: PulsarQueue
  let api: Api
  const servers = new Servers(MANAGE)

  const serve = async (): Promise<ServerProcess> => await servers.start(store.url, { EFFECTS: effects })
  const lines = (): string[] => readFileSync(effects, 'utf8').trim().split('\n')
  const line = async (text: string): Promise<void> => {
    await until(`the line ${text}`, () => (lines().includes(text) ? true : undefined))
  }

  beforeAll(async () => {
    store = await make()
    directory = mkdtempSync(join(tmpdir(), 'pq-locks-'))
    effects = join(directory, 'effects')
  })
  afterAll(async () => {
    await store.dispose()
    rmSync(directory, { recursive: true })
  })
  beforeEach(async () => {
    writeFileSync(effects, '')
    app = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], logLevel: 'silent', leaseTtl: '1s' })
    api = await app.api().start()
  })
  afterEach(async () => {
    await servers.kill()
    await app.close()
  })

  it('are held by one at a time, in any mode and process, with fences that grow', async () => {
    await Promise.all([serve(), serve()])
    const tasks = Array.from({ length: 30 }, (_, i) => api.tasks.queue(`${MODES[i % 3] ?? ''}.exclusive`))
    const fences = (await Promise.all(tasks)).map(({ result }) => result as number)
    expect(new Set(fences).size).toBe(30)
    expect(lines()).toEqual(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 'in' : 'out')))
  })

  it.each(MODES)(
    'of a job in mode %s are released with it, and can be tried for, or waited for until a timeout',
    async (mode) => {
      await serve()
      const before = (await api.tasks.queue(`${mode}.forgets`)).result as number
      const lock = await api.lock('forgotten', { timeout: '10s' })
      expect(lock.fence).toBeGreaterThan(before)
      expect(await lock.release()).toBe(true)
      expect(await lock.release()).toBe(true)
      expect((await api.tasks.queue(`${mode}.own.name`)).result).toBe(`${mode}.own.name`)

      expect((await api.tasks.queue(`${mode}.tries`)).result).toBe(true)
      await using taken = await api.lock('taken')
      expect((await api.tasks.queue(`${mode}.tries`)).result).toBe(false)
      expect(await api.tasks.queue(`${mode}.times.out`)).toMatchObject({
        statusString: 'FAILURE',
        exception: expect.stringContaining('expected lock taken to be free within 0.05 s') as string,
      })
      expect(taken.signal.aborted).toBe(false)
    },
  )

  it.each(MODES)('of a job in mode %s are given up at once where its signal is aborted', async (mode) => {
    await serve()
    const taken = await api.lock('taken')
    expect(await api.tasks.queue(`${mode}.gives.up`).wait('10s')).toMatchObject({
      statusString: 'FAILURE',
      exception: 'no longer needed',
    })
    expect(await taken.release()).toBe(true)
    await using next = await api.lock('taken', { timeout: '10s' })
    expect(next.fence).toBeGreaterThan(taken.fence)
  })

  it('are held by a job that blocks the event loop for longer than its lease', async () => {
    await serve()
    const task = api.tasks.queue('spins', { ms: 2_500 })
    await line('spins')
    await expect(api.lock('spun', { timeout: '1500ms' })).rejects.toMatchObject({
      code: 'PQ_LOCK_TIMEOUT',
      lock: 'spun',
      timeout: 1_500,
    })
    expect((await task).result).toBe(true)
    await (await api.lock('spun', { timeout: '10s' })).release()
  })

  it('are free soon after their holder was killed', async () => {
    const server = await serve()
    const task = api.tasks.queue('holds')
    await line('holds')
    expect(await api.tryLock('held')).toBeNull()
    await server.kill('SIGKILL')
    const lock = await api.lock('held', { timeout: '15s' })
    expect(lock.name).toBe('held')
    await lock.release()
    await task.revoke()
    expect(await task).toMatchObject({ statusString: 'REVOKED' })
  })

  it('pass at once to the next waiter where the first one was killed', async () => {
    const first = await api.lock('turn')
    const server = await serve()
    const task = api.tasks.queue('waits')
    await line('waits')
    await server.kill('SIGKILL')
    const next = api.lock('turn', { timeout: '4s' })
    await first.release()
    await (await next).release()
    await task.revoke()
    expect(await task).toMatchObject({ statusString: 'REVOKED' })
  })

  it('pass to waiters in order, as soon as they are released, and not to one that has stopped waiting', async () => {
    const first = await api.lock('queue up')
    const order: number[] = []
    const controller = new AbortController()
    const wait = async (turn: number, signal?: AbortSignal): Promise<void> => {
      const lock = await api.lock('queue up', { signal })
      order.push(turn)
      await lock.release()
    }
    const turns: Promise<void>[] = []
    for (let turn = 0; turn < 4; turn++) {
      turns.push(wait(turn, turn === 1 ? controller.signal : undefined))
      // Each request is a waiter before the next one asks.
      await until('it to wait', async () => ((await api.tryLock('queue up')) === null ? true : undefined))
    }
    controller.abort(new Error('never mind'))
    await expect(turns[1]).rejects.toThrow('never mind')
    await first.release()
    await Promise.all(turns.filter((_, turn) => turn !== 1))
    expect(order).toEqual([0, 2, 3])
  })

  it('are refused for a name that is empty, and when the app is closed', async () => {
    await expect(api.lock('')).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION', option: 'lock' })
    await using held = await api.lock('last')
    const waits = api.lock('last')
    waits.catch(() => undefined)
    await app.close()
    await expect(waits).rejects.toMatchObject({ code: 'PQ_CLOSED' })
    expect(held.name).toBe('last')
  })
})
