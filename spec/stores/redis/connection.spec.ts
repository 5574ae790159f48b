import { describe, expect, it, onTestFinished } from 'vitest'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { until } from '../../support/until.js'
import { task, useFixture } from './fixture.js'
import { startRedisServer } from '../../support/redis-server.js'

describe('connections to Redis', () => {
  const at = useFixture()
  /** Connects, and returns the warnings about the server's settings. */
  const warnings = async (): Promise<string[]> => {
    const heard: string[] = []
    const broker = new RedisBroker(at.server.url)
    broker.onWarning = (message) => heard.push(message)
    await broker.connect()
    await broker.close()
    return heard
  }

  it.each<[string, (broker: RedisBroker) => Promise<unknown>]>([
    ['openWorker', async (broker) => await broker.openWorker('q', 'me', () => undefined)],
    ['openInbox', async (broker) => await broker.openInbox('me', () => undefined)],
  ])('give up %s after the connect timeout', async (_verb, open) => {
    const nowhere = new RedisBroker('redis://127.0.0.1:1/0?connectTimeout=200ms')
    await expect(open(nowhere)).rejects.toMatchObject({ code: 'PQ_BROKER_UNREACHABLE' })
    await nowhere.close()
    await expect(open(nowhere)).rejects.toMatchObject({ code: 'PQ_CLOSED' })
  })

  it.each(['LOADING', 'TRYAGAIN', 'CLUSTERDOWN', 'READONLY', 'MASTERDOWN'])(
    'send again what %s refused',
    async (code) => {
      const proxy = await at.proxy()
      const broker = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0`)
      await broker.queue('q', [task('warm up')])
      proxy.rewrite = () => {
        proxy.rewrite = null
        return Buffer.from(`-${code} for a moment\r\n`)
      }
      await broker.queue('q', [task('a')])
      expect(await at.broker.size('q')).toEqual({ ready: 2, delayed: 0, held: 0 })
    },
  )

  it('are replaced when they are half-open, the subscriber, too', async () => {
    const proxy = await at.proxy()
    const broker = await at.open(`redis://127.0.0.1:${String(proxy.port)}/0`)
    await broker.queue('q', [task('warm up')])
    const heard: string[] = []
    await broker.openInbox('me', ({ kind }) => heard.push(kind))
    proxy.blackhole()
    const [reply] = await broker.queue('q', [task('a')])
    expect(reply?.verdict).toBe('queued')
    await until('the subscriber to be back', () => (heard.includes('reconnected') ? true : undefined))
  })

  it('warn when the server evicts queued tasks, and are silent when it does not', async () => {
    expect(await warnings()).toEqual([])
    await at.redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect(await warnings()).toEqual([expect.stringMatching(/maxmemory-policy .* noeviction, got allkeys-lru/)])
  })

  it('warn when a server with replicas takes tasks that no replica gets', async () => {
    const replica = await startRedisServer(['--replicaof', '127.0.0.1', String(at.server.port)])
    try {
      await until('the replica', async () =>
        (await at.redis.info('replication')).includes('connected_slaves:1') ? true : undefined,
      )
      expect(await warnings()).toEqual([expect.stringMatching(/min-replicas-to-write .* at least 1, got 0/)])
      await at.redis.config('SET', 'min-replicas-to-write', '1')
      expect(await warnings()).toEqual([])
    } finally {
      await at.redis.config('SET', 'min-replicas-to-write', '0')
      await replica.stop()
    }
  })

  it('let 20 calls wait for one without a warning', async () => {
    const complaints: string[] = []
    const complain = ({ name }: Error): void => void complaints.push(name)
    process.on('warning', complain)
    const broker = new RedisBroker(at.server.url)
    await Promise.all(Array.from({ length: 20 }, () => broker.stats('q')))
    await broker.close()
    process.off('warning', complain)
    expect(complaints).toEqual([])
  })

  it('subscribe again until the server allows it, and say so once', async () => {
    const complaints: string[] = []
    const complain = ({ message }: Error): void => void complaints.push(message)
    process.on('warning', complain)
    onTestFinished(() => void process.off('warning', complain))
    await at.redis.call('ACL', 'SETUSER', 'me', 'on', '>secret', '~*', '&*', '+@all')
    const broker = await at.open(`redis://me:secret@127.0.0.1:${String(at.server.port)}/0`)
    const heard: string[] = []
    await broker.openInbox('me', ({ kind }) => heard.push(kind))
    await broker.queue('q', [task('a', { inbox: 'me' })])
    await at.redis.call('ACL', 'SETUSER', 'me', '-ssubscribe')
    await at.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await until('a warning', () => (complaints.length > 0 ? true : undefined))
    await at.redis.call('ACL', 'SETUSER', 'me', '+ssubscribe')
    await until('the subscription', () => (heard.includes('reconnected') ? true : undefined))
    expect(complaints).toEqual([expect.stringMatching(/subscriptions to Redis are refused.*NOPERM/)])
  })
})
