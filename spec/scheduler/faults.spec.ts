import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../support/redis-server.js'
import { startRedisServer } from '../support/redis-server.js'
import type { ServerProcess } from '../support/server-process.js'
import { startServer } from '../support/server-process.js'
import type { Store } from '../support/stores.js'
import { STORES } from '../support/stores.js'
import { until } from '../support/until.js'
import { Effects } from './effects.js'

const MANAGE = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const RAPID = fileURLToPath(new URL('./fixtures/rapid-job.ts', import.meta.url))

let directory: string
let effects: Effects
const servers: ServerProcess[] = []
const closing: (() => Promise<void>)[] = []

const serve = async (url: string, ...args: string[]): Promise<ServerProcess> => {
  const settings = ['--data-store', url, '--schedule-periodic', '--log-level', 'info', '--lease-ttl', '1s']
  const server = await startServer(MANAGE, [...settings, ...args], { EFFECTS: effects.file })
  servers.push(server)
  return server
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pq-scheduler-'))
  effects = new Effects(join(directory, 'effects'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill('SIGKILL')
  for (const close of closing.splice(0)) await close()
  rmSync(directory, { recursive: true })
})

describe.each(STORES)('schedulers on $store', ({ make }) => {
  let store: Store
  beforeEach(async () => {
    store = await make()
    closing.push(async () => {
      await store.dispose()
    })
  })

  it('run in every worker process, and skip no tick when one is killed or replaced', async () => {
    const server = await serve(store.url, '--workers', '2')
    const pids = await until('both processes to run some', async () => {
      const found = new Set((await effects.reachMore('often', 1)).map(({ pid }) => pid))
      return found.size === 2 ? [...found] : undefined
    })
    const others = async (than: readonly number[]): Promise<number[]> =>
      await until('other processes to go on', async () => {
        const found = new Set((await effects.reachMore('often', 2)).slice(-2).map(({ pid }) => pid))
        return [...found].some((pid) => than.includes(pid)) ? undefined : [...found]
      })
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    const next = await others(pids)
    server.process.kill('SIGHUP')
    await others([...pids, ...next])
    await effects.reachMore('often', 5)
    await effects.expectOnce('often', 200)
    expect(await server.kill('SIGTERM')).toBe(0)
  }, 40_000)

  it('skip no tick and take none twice when they are killed at any moment', async () => {
    const start = async (): Promise<ServerProcess> => await serve(store.url, '--workers', '0', '--task-paths', RAPID)
    await start()
    await start()
    for (let round = 0; round < 5; round++) {
      await effects.reachMore('rapid', Math.ceil(Math.random() * 40))
      await servers.shift()?.kill('SIGKILL')
      await start()
    }
    for (const server of servers.splice(0)) await server.kill('SIGKILL')
    await start()
    await effects.reachMore('rapid', 100)
    await effects.expectOnce('rapid', 10)
  }, 60_000)
})

describe('a scheduler whose Redis fails', () => {
  let redis: RedisServer
  beforeEach(async () => {
    redis = await startRedisServer(['--appendonly', 'yes', '--appendfsync', 'always'])
    closing.push(async () => {
      await redis.stop()
    })
  })

  it('resumes by itself and skips no tick', async () => {
    const url = `${redis.url}?connectTimeout=500ms`
    const server = await serve(url, '--workers', '0')
    await serve(url, '--workers', '0')
    for (let round = 0; round < 3; round++) {
      await effects.reachMore('often', 3)
      await redis.restart()
    }
    await redis.kill()
    await until('the warning', () => (server.output().includes('often cannot be followed for now') ? true : undefined))
    await redis.restart()
    await effects.reachMore('often', 12)
    await effects.expectOnce('often', 200)
    // A restart, too, may take longer than the connect timeout: one line for each time, and one for its end.
    const failures = server.output().match(/often cannot be followed for now/g)
    expect(server.output().match(/often works again/g)).toHaveLength(Number(failures?.length))
  }, 60_000)

  it('takes no tick twice after it was suspended', async () => {
    // Not on SQLite: a process that is suspended during a commit makes all others wait.
    const stopped = await serve(redis.url, '--workers', '0')
    await serve(redis.url, '--workers', '0')
    for (let round = 0; round < 3; round++) {
      await effects.reachMore('often', 2)
      stopped.process.kill('SIGSTOP')
      await effects.reachMore('often', 6)
      stopped.process.kill('SIGCONT')
    }
    await effects.reachMore('often', 6)
    await effects.expectOnce('often', 200)
  }, 40_000)

  it('stops while Redis is away', async () => {
    const server = await serve(`${redis.url}?connectTimeout=500ms`, '--workers', '0')
    await effects.reachMore('often', 2)
    await redis.kill()
    expect(await server.kill('SIGTERM')).toBe(0)
  }, 40_000)
})
