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
import { untilStarted } from '../support/until-started.js'

const MANAGE = fileURLToPath(new URL('./fixtures/limited.mjs', import.meta.url))
const JOBS = new URL('./fixtures/limited-jobs.ts', import.meta.url)

describe.each(STORES)('maxConcurrency on $store', ({ make }) => {
  let store: Store
  let directory: string
  let effects: string
  let app: PulsarQueue
  let api: Api
  const servers = new Servers(MANAGE)

  const serve = async (): Promise<ServerProcess> => await servers.start(store.url, { EFFECTS: effects })
  const lines = (): string[][] =>
    readFileSync(effects, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' '))
  /** Most runs at once; those of a process that was killed end with it. */
  const most = (killed = 0): number => {
    let running = new Set<string>()
    let highest = 0
    for (const [sign, id = '', pid] of lines()) {
      if (sign === 'x') running = new Set([...running].filter((each) => !each.endsWith(` ${String(killed)}`)))
      else if (sign === '+') running.add(`${id} ${pid ?? ''}`)
      else running.delete(`${id} ${pid ?? ''}`)
      highest = Math.max(highest, running.size)
    }
    return highest
  }

  beforeAll(async () => {
    store = await make()
    directory = mkdtempSync(join(tmpdir(), 'pq-limits-'))
    effects = join(directory, 'effects')
  })
  afterAll(async () => {
    await store.dispose()
    rmSync(directory, { recursive: true })
  })
  beforeEach(async () => {
    writeFileSync(effects, '')
    app = new PulsarQueue({ dataStore: store.url, taskPaths: [JOBS], logLevel: 'silent' })
    api = await app.api().start()
  })
  afterEach(async () => {
    await servers.kill()
    await app.close()
  })

  it('holds over all workers; every task has its turn, and tasks of other jobs pass by', async () => {
    await Promise.all([serve(), serve()])
    const tasks = api.tasks.queueMany('limited', Array<{ ms: number }>(40).fill({ ms: 20 }))
    expect((await api.tasks.queue('free')).result).toBe('free')
    for (const task of await Promise.all(tasks)) expect(task).toMatchObject({ statusString: 'SUCCESS', result: 1 })
    expect(most()).toBeLessThanOrEqual(3)
    expect(lines()).toHaveLength(80)
  })

  it('can be set for one task alone', async () => {
    await serve()
    const options = { metaParams: { maxConcurrency: 1 } }
    await Promise.all(api.tasks.queueMany('limited', Array<{ ms: number }>(8).fill({ ms: 10 }), options))
    expect(most()).toBe(1)
  })

  it("revokes tasks over the limit with overflow: 'revoke'", async () => {
    await serve()
    const first = api.tasks.queue('either', { ms: 600_000 })
    await untilStarted(api, first.id)
    expect(await api.tasks.queue('either', { ms: 1 })).toMatchObject({
      statusString: 'REVOKED',
      exception: '1 tasks of this job run already',
    })
    await first.revoke()
    await first
    const next = await until('a permit', async () => {
      const task = await api.tasks.queue('either', { ms: 1 })
      return task.statusString === 'SUCCESS' ? task : undefined
    })
    expect(next.retry).toBe(1)
  })

  it('revokes waiting tasks when they expire, also while the permit is taken', async () => {
    await serve()
    const file = join(directory, `gate-${String(Math.random())}`)
    const holds = api.tasks.queue('single', { file })
    await until('it to start', () => (lines().length === 1 ? true : undefined))
    const stale = api.tasks.queueMany('single', Array<{ file: string }>(5).fill({ file }), { expires: '300ms' })
    const fresh = api.tasks.queue('single', { file })
    // They are over while the permit is still taken.
    for (const task of await Promise.all(stale)) {
      expect(task).toMatchObject({ statusString: 'REVOKED', exception: 'it expired before it started' })
    }
    expect(lines()).toHaveLength(1)
    writeFileSync(file, '')
    await Promise.all([holds, fresh])
    expect(lines()).toHaveLength(2)
  })

  it('offers the permits of a killed worker to others, and loses no task that waits', async () => {
    const both = await Promise.all([serve(), serve()])
    const tasks = api.tasks.queueMany('limited', Array<{ ms: number }>(30).fill({ ms: 100 }))
    // Nobody knows which of them gets permits first.
    const pid = await until('a run', () => lines()[0]?.[2])
    const busy = both.find((server) => String(server.pid) === pid)
    await busy?.kill('SIGKILL')
    writeFileSync(effects, `x\n`, { flag: 'a' })
    for (const task of await Promise.all(tasks)) expect(task).toMatchObject({ statusString: 'SUCCESS' })
    expect(most(busy?.pid)).toBeLessThanOrEqual(3)
  })
})
