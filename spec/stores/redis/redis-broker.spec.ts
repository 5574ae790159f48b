import { Redis } from 'ioredis'
import type { NewTask, Settlement } from 'pulsar-queue'
import { SUCCESS } from 'pulsar-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import type { TcpProxy } from '../../support/tcp-proxy.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { newTask } from '../../support/new-task.js'

const task = (id: string, body = '{}'): NewTask => newTask(id, { job: 'x', body })

describe('the Redis broker', () => {
  const servers: RedisServer[] = []
  const proxies: TcpProxy[] = []
  const brokers: RedisBroker[] = []
  const clients: Redis[] = []

  const serve = async (...options: string[]): Promise<RedisServer> => {
    const server = await startRedisServer(options)
    servers.push(server)
    return server
  }
  const proxied = async (server: RedisServer): Promise<TcpProxy> => {
    const proxy = await startTcpProxy(server.port)
    proxies.push(proxy)
    return proxy
  }
  const open = async (url: string): Promise<RedisBroker> => {
    const broker = new RedisBroker(url)
    brokers.push(broker)
    await broker.connect()
    return broker
  }
  const client = (server: RedisServer): Redis => {
    const redis = new Redis(server.port, '127.0.0.1')
    clients.push(redis)
    return redis
  }

  afterEach(async () => {
    for (const broker of brokers.splice(0)) await broker.close()
    for (const redis of clients.splice(0)) redis.disconnect()
    for (const proxy of proxies.splice(0)) await proxy.stop()
    for (const server of servers.splice(0)) await server.stop()
  })

  it('gives up on an absent server after the connect timeout, and hides the password', async () => {
    const error = await open('redis://user:secret@127.0.0.1:1/0?connectTimeout=300ms').catch(
      (thrown: unknown) => thrown as Error,
    )
    expect(error).toMatchObject({ code: 'PQ_BROKER_UNREACHABLE', address: 'redis://127.0.0.1:1/0', waited: 300 })
    expect((error as Error).message).not.toContain('secret')
  })

  it.each([
    'redis://',
    'redis://host/x',
    'redis://127.0.0.1:6379/0?nmespace=a',
    'redis://127.0.0.1:6379/0?namespace={a}',
    'redis://127.0.0.1:6379/0?connectTimeout=soon',
    'redis://127.0.0.1:6379/0?connectTimeout=30d',
    'redis://user:%zz@127.0.0.1:6379/0',
    'http://127.0.0.1',
  ])('refuses the URL %s', (url) => {
    expect(() => new RedisBroker(url)).toThrow(expect.objectContaining({ code: 'PQ_INVALID_URL' }))
  })

  it.each(['HELLO', 'INFO'])('refuses a server older than 7.0, as %s tells', async (command) => {
    const proxy = await proxied(await serve(...(command === 'HELLO' ? [] : ['--rename-command', 'HELLO', ''])))
    proxy.rewrite = (data) =>
      Buffer.from(data.toString('latin1').replace(/(version(?::|\r\n\$\d+\r\n))\d/, '$16'), 'latin1')
    await expect(open(`redis://127.0.0.1:${String(proxy.port)}/0`)).rejects.toMatchObject({
      code: 'PQ_BROKER_VERSION',
      required: '7.0',
    })
  })

  it('refuses a queue of another layout', async () => {
    const server = await serve()
    await client(server).hset('{pq:q}:s', 'M', '99,0,')
    const broker = await open(server.url)
    await expect(broker.queue('q', [task('a')])).rejects.toMatchObject({ code: 'PQ_LAYOUT_VERSION', found: '99' })
  })

  it('refuses tasks when memory is full, and lets queued ones drain', async () => {
    const server = await serve('--maxmemory', '4mb', '--maxmemory-policy', 'noeviction')
    const broker = await open(server.url)
    const body = JSON.stringify({ n: 'x', a: { text: 'x'.repeat(20_000) } })
    let queued = 0
    const fill = async (): Promise<void> => {
      for (;;) {
        await broker.queue('q', [task(`t${String(queued)}`, body)])
        queued += 1
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'PQ_BROKER_FULL' })
    expect(queued).toBeGreaterThan(10)
    expect(await broker.size('q')).toEqual({ ready: queued, delayed: 0, held: 0 })
    await broker.join('q', { id: 'w', slots: 10, leaseTtl: 10_000 })
    let ended = 0
    let settlements: Settlement[] = []
    for (let seq = 1; ended < queued; seq++) {
      const { tasks, verdicts } = await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq }, settlements, 10)
      expect(verdicts.every((verdict) => verdict === 'recorded')).toBe(true)
      ended += verdicts.length
      settlements = tasks.map((claimed) => ({ kind: 'done', task: claimed, status: SUCCESS, outcome: '{}', ttl: 1 }))
    }
    expect(await broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 0 })
  })

  it('acts once for a call whose reply was lost', async () => {
    const server = await serve()
    const proxy = await proxied(server)
    const broker = await open(`redis://127.0.0.1:${String(proxy.port)}/0`)
    await broker.queue('q', [task('warm up')])
    await broker.join('q', { id: 'w', slots: 10, leaseTtl: 10_000 })
    const loseReply = (): void => {
      proxy.rewrite = () => null
    }
    loseReply()
    const replies = await broker.queue('q', [task('a'), task('b')])
    expect(replies.map(({ verdict }) => verdict)).toEqual(['duplicate', 'duplicate'])
    loseReply()
    const { tasks } = await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 3)
    expect(tasks.map(({ id }) => id)).toEqual(['warm up', 'a', 'b'])
    const settlements = tasks.map((claimed): Settlement => ({
      kind: 'retry',
      task: claimed,
      delay: 0,
      outcome: '{}',
    }))
    loseReply()
    const settled = await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, settlements, 1)
    expect(settled.verdicts).toEqual(['recorded', 'recorded', 'recorded'])
    expect(await broker.stats('q')).toMatchObject({ queued: 3, retried: 3 })
    expect(await broker.size('q')).toEqual({ ready: 2, delayed: 0, held: 1 })
  })

  it('goes on after the scripts were flushed, and loses no acknowledged task by a restart', async () => {
    const server = await serve('--appendonly', 'yes', '--appendfsync', 'always')
    const broker = await open(server.url)
    await client(server).script('FLUSH')
    await broker.queue('q', [task('a')])
    const told: string[] = []
    await broker.openInbox('me', (notice) => told.push(notice.kind))
    await server.restart()
    await broker.queue('q', [task('b')])
    await until('the subscriber to be back', () => (told.includes('reconnected') ? true : undefined))
    expect((await broker.get('q', ['a', 'b'])).map((record) => record?.header.id)).toEqual(['a', 'b'])
  })

  it('acts once for calls that are under way while the scripts are flushed', async () => {
    const server = await serve()
    const broker = await open(server.url)
    const operator = client(server)
    await broker.queue('q', [task('warm up')])
    const names = Array.from({ length: 50 }, (_, i) => `task ${String(i)}`)
    const calls = names.flatMap((id) => [broker.queue('q', [task(id)]), operator.script('FLUSH')])
    const replies = (await Promise.all(calls)).filter((reply) => Array.isArray(reply))
    expect(replies.flat()).toEqual(names.map((id) => expect.objectContaining({ id, verdict: 'queued' }) as unknown))
    expect(await broker.size('q')).toEqual({ ready: 51, delayed: 0, held: 0 })
  })

  it('leaves only results of a drained queue, each with an expiry', async () => {
    const server = await serve()
    const broker = await open(server.url)
    await broker.queue('q', [task('a')])
    await broker.join('q', { id: 'w', slots: 1, leaseTtl: 10_000 })
    const { tasks } = await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 1)
    const settlements = tasks.map((claimed): Settlement => ({
      kind: 'done',
      task: claimed,
      status: SUCCESS,
      outcome: '{}',
      ttl: 1,
    }))
    await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, settlements, 0)
    await broker.leave('q', 'w')
    const redis = client(server)
    const keys = (await redis.keys('*')).sort()
    const slot = keys.find((key) => key.startsWith('{pq:q}:o')) ?? ''
    expect(keys).toEqual(['pq:queues', slot, '{pq:q}:s'])
    // Ten minutes at least, whatever was asked for.
    expect(await redis.pttl(slot)).toBeGreaterThan(590_000)
    expect(await redis.hkeys('{pq:q}:s')).toEqual(expect.not.arrayContaining([expect.stringMatching(/^[BHLW]:/)]))
  })

  it('keeps a queued task in less than 190 bytes, and a finished one in less than 240', async () => {
    const server = await serve()
    const broker = await open(server.url)
    const redis = client(server)
    // Of the queue's keys alone: what the server holds for its clients and their buffers comes and goes.
    const used = async (): Promise<number> => {
      const sizes = (await redis.keys('{pq:q}:*')).map((key) => redis.memory('USAGE', key, 'SAMPLES', 0))
      return (await Promise.all(sizes)).reduce<number>((sum, size) => sum + (size ?? 0), 0)
    }
    await broker.queue('q', [task('warm up')])
    const before = await used()
    const body = '{"n":"addition","a":{"a":4,"b":6}}'
    const tasks = Array.from({ length: 20_000 }, (_, i) => ({
      ...task(`i${String(i).padStart(21, '0')}`, body),
      inbox: 'abcdefghi',
    }))
    await broker.queue('q', tasks)
    expect(((await used()) - before) / tasks.length).toBeLessThan(190)
    await broker.join('q', { id: 'w', slots: 500, leaseTtl: 60_000 })
    let settlements: Settlement[] = []
    for (let seq = 1; ; seq++) {
      const reply = await broker.settle({ queue: 'q', worker: 'w', lane: 0, seq }, settlements, 500)
      if (reply.tasks.length === 0) break
      const end = { kind: 'done', status: SUCCESS, outcome: '{"r":10}', ttl: 3_600_000 } as const
      settlements = reply.tasks.map((claimed) => ({ ...end, task: claimed }))
    }
    expect(((await used()) - before) / tasks.length).toBeLessThan(240)
  })
})
