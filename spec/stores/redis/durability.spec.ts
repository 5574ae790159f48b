import { execFileSync } from 'node:child_process'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findNewerServer, findRedisServer } from '../../../.ci/find-redis.mjs'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { startRedisServer } from '../../support/redis-server.js'
import type { TcpProxy } from '../../support/tcp-proxy.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { task } from './fixture.js'

/** Without WAITAOF, and whose WAIT speaks of all writes; with it, and whose WAIT speaks of those of its own connection. */
const newer = await findNewerServer()
/** Whether that server answers WAITAOF before the disk has what was written (redis/redis#13793). */
const isHasty =
  newer.path !== null && /v=8\.0\.|v=7\.4\.[0-2]/.test(execFileSync(newer.path, ['--version'], { encoding: 'utf8' }))
const SERVERS = [
  { name: 'Redis 7.0', program: await findRedisServer(), hasLog: false },
  ...(newer.path === null ? [] : [{ name: 'a newer server', program: newer.path, hasLog: true }]),
]

/** A server, and what is opened there. All is closed after the spec. */
async function serve(program: string, ...options: string[]) {
  const server = await startRedisServer(['--repl-diskless-sync-delay', '0', ...options], { program })
  const redis = new Redis(server.port)
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
  })
  return {
    server,
    redis,
    /** @param query - of the URL */
    async open(query: string, durability?: 'fsync' | 'full' | 'replica' | 'async') {
      const broker = new RedisBroker(`${server.url}?connectTimeout=600ms&${query}`, { durability })
      onTestFinished(async () => {
        await broker.close()
      })
      await broker.connect()
      return broker
    },
    /** A replica behind a proxy that can be cut. */
    async replicate(): Promise<TcpProxy> {
      const proxy = await startTcpProxy(server.port)
      const replica = await startRedisServer(['--replicaof', '127.0.0.1', String(proxy.port)], { program })
      onTestFinished(async () => {
        await replica.stop()
        await proxy.stop()
      })
      await until('the replica', async () => ((await isOnline(redis)) ? true : undefined))
      // Only then it has loaded what the server had, and answers at once.
      await redis.set('written', 'now')
      expect(await redis.wait(1, 0)).toBe(1)
      return proxy
    },
  }
}

async function isOnline(redis: Redis): Promise<boolean> {
  return (await redis.info('replication')).includes('state=online')
}

/** What a replica gets from now on is lost, and nobody is told. */
function cut(proxy: TcpProxy): void {
  proxy.blackhole()
  proxy.refuse()
}

const NOT_DURABLE = { code: 'PQ_NOT_DURABLE', expected: '1 replicas', confirmed: '0 of 1 replicas' }

describe.each(SERVERS)('the durability of tasks in $name', ({ program, hasLog }) => {
  it.each(['replica', 'replicas:1', 'all'])('%s: a task is acknowledged when a replica has it', async (durability) => {
    const { open, replicate } = await serve(program)
    const proxy = await replicate()
    const broker = await open(`durability=${durability}`)
    expect(await broker.queue('q', [task('a')])).toMatchObject([{ verdict: 'queued' }])
    cut(proxy)
    await expect(broker.queue('q', [task('b')])).rejects.toMatchObject(NOT_DURABLE)
    expect(await broker.size('q')).toMatchObject({ ready: 2 })
  })

  it('replica: the same id again is harmless, and confirmed once a replica is there', async () => {
    const { open, replicate } = await serve(program)
    const broker = await open('durability=replica')
    await expect(broker.queue('q', [task('a')])).rejects.toMatchObject({ code: 'PQ_NOT_DURABLE' })
    await replicate()
    expect(await broker.queue('q', [task('a', { checkDuplicate: true })])).toMatchObject([{ verdict: 'duplicate' }])
    expect(await broker.size('q')).toMatchObject({ ready: 1 })
  })

  it('replica: the same id on another connection is not confirmed before the replica has the task', async () => {
    const { open, replicate } = await serve(program)
    const proxy = await replicate()
    const [broker, other] = [await open('durability=replica'), await open('durability=replica')]
    cut(proxy)
    await expect(broker.queue('q', [task('a')])).rejects.toMatchObject(NOT_DURABLE)
    const again = [task('a', { checkDuplicate: true })]
    await expect(other.queue('q', again)).rejects.toMatchObject(NOT_DURABLE)
  })

  it('is that of a call, where it names one', async () => {
    const { open, replicate } = await serve(program)
    const proxy = await replicate()
    const [plain, careful] = [await open(''), await open('durability=replica')]
    expect(await plain.queue('q', [task('a')], 'replica')).toMatchObject([{ verdict: 'queued' }])
    cut(proxy)
    await expect(plain.queue('q', [task('b')], 'replica')).rejects.toMatchObject(NOT_DURABLE)
    expect(await careful.queue('q', [task('c')], 'async')).toMatchObject([{ verdict: 'queued' }])
  })

  it('is asked for once for all calls that wait', async () => {
    const { server, open, redis, replicate } = await serve(program)
    await replicate()
    const broker = await open('durability=replica')
    await broker.queue('q', [task('warm up')])
    const monitor = new Redis(server.port)
    onTestFinished(() => {
      monitor.disconnect()
    })
    await monitor.ping()
    await redis.config('RESETSTAT')
    await Promise.all(Array.from({ length: 100 }, async (_, i) => await broker.queue('q', [task(`t${String(i)}`)])))
    const calls = /^cmdstat_wait:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1]
    expect(Number(calls)).toBeLessThan(10)
    expect(await broker.size('q')).toMatchObject({ ready: 101 })
  })

  it.runIf(hasLog)('fsync: a task is acknowledged when it is in the log on the disk', async () => {
    const { server, open, redis } = await serve(program, '--appendonly', 'yes', '--appendfsync', 'always')
    const broker = await open('', 'fsync')
    expect(await broker.queue('q', [task('a')])).toMatchObject([{ verdict: 'queued' }])
    await server.restart()
    await until('the server', async () => await redis.ping().catch(() => undefined))
    expect(await broker.size('q')).toMatchObject({ ready: 1 })
  })

  it.runIf(hasLog)(
    'fsync: a server without a log, or whose log stays in the kernel, is refused at the start',
    async () => {
      const { open, redis } = await serve(program)
      const refused = (words: RegExp) => ({
        code: 'PQ_INVALID_SETTING',
        setting: 'durability',
        received: "'fsync'",
        message: expect.stringMatching(words) as string,
      })
      await expect(open('durability=fsync')).rejects.toMatchObject(refused(/appendonly no,.*; set appendonly yes/))
      const broker = await open('')
      await expect(broker.queue('q', [task('a')], 'fsync')).rejects.toMatchObject({
        code: 'PQ_INVALID_OPTION',
        option: 'durability',
        expected: expect.stringContaining('appendonly no') as string,
      })
      expect(await broker.size('q')).toMatchObject({ ready: 0 })
      await redis.config('SET', 'appendfsync', 'no')
      await redis.config('SET', 'appendonly', 'yes')
      await expect(open('', 'fsync')).rejects.toMatchObject(refused(/appendfsync no,.*; set appendfsync everysec/))
    },
  )

  it.runIf(hasLog && isHasty)(
    'fsync: a server whose WAITAOF does not wait is refused, unless it writes at once',
    async () => {
      const { open, redis } = await serve(program, '--appendonly', 'yes', '--appendfsync', 'everysec')
      await expect(open('', 'fsync')).rejects.toMatchObject({
        code: 'PQ_INVALID_SETTING',
        message: expect.stringMatching(/WAITAOF does not wait for the disk.*; set appendfsync always/) as string,
      })
      const broker = await open('')
      await expect(broker.queue('q', [task('a')], 'fsync')).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION' })
      await redis.config('SET', 'appendfsync', 'always')
      expect(await broker.queue('q', [task('a')], 'fsync')).toMatchObject([{ verdict: 'queued' }])
    },
  )

  it.runIf(!hasLog)('fsync: a server that is too old is refused at the start, and by a call', async () => {
    const { open } = await serve(program, '--appendonly', 'yes')
    const refused = { code: 'PQ_BROKER_VERSION', required: '7.2' }
    await expect(open('durability=fsync')).rejects.toMatchObject(refused)
    const broker = await open('')
    await expect(broker.queue('q', [task('a')], 'fsync')).rejects.toMatchObject(refused)
  })
})

describe('the setting durability', () => {
  const at = 'redis://me:secret@127.0.0.1:1/0'

  it('is the same as in the URL', () => {
    expect(() => new RedisBroker(`${at}?durability=all`, { durability: 'all' })).not.toThrow()
    const error = fault(() => new RedisBroker(`${at}?durability=all`, { durability: 'replica' }))
    expect(error).toMatchObject({ code: 'PQ_INVALID_SETTING', setting: 'durability', received: "'replica'" })
    expect(error.message).toMatch(/'all', as the URL of redis:\/\/127.0.0.1:1\/0 says.*leave one/)
  })

  it('is one that the store knows', () => {
    const error = fault(() => new RedisBroker(at, { durability: 'full' }))
    expect(error).toMatchObject({ code: 'PQ_INVALID_SETTING', setting: 'durability', received: "'full'" })
    expect(error.message).toContain("'async', 'replica', 'replicas:2', 'all', 'fsync' or 'fsync+replica'")
  })
})

function fault(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
