import { describe, expect, it, onTestFinished } from 'vitest'
import { RedisConnection } from '../../../lib/stores/redis/connection/redis-connection.js'
import { readRedisUrl } from '../../../lib/stores/redis/connection/redis-url.js'
import { ServerClock } from '../../../lib/stores/redis/connection/server-clock.js'
import { RedisSession } from '../../../lib/stores/redis/queue/redis-session.js'
import { size } from '../../../lib/stores/redis/queue/size.js'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { until } from '../../support/until.js'
import { task, useFixture } from './fixture.js'

describe('connections to Redis', () => {
  const at = useFixture()

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

  it('that ioredis has given up are made anew before a call that was cut off is sent again', async () => {
    const proxy = await at.proxy()
    const session = new RedisSession(readRedisUrl(`redis://127.0.0.1:${String(proxy.port)}/0`))
    onTestFinished(() => session.close())
    await size(session, 'q')
    proxy.rewrite = () => {
      proxy.rewrite = null
      return null
    }
    // As where Sentinels name another master while the connection to the one before is made: it ends, and nothing makes it anew.
    const { redis } = session.connection as typeof session.connection & Pick<RedisConnection, 'redis'>
    redis.once('reconnecting', () => {
      redis.once('connecting', () => {
        redis.disconnect()
      })
    })
    await size(session, 'q')
    // The server was told to close the connection that was cut off. Else the call has waited until its first copy was out of date.
    expect(await at.redis.info('commandstats')).toContain('cmdstat_client|kill')
  })

  it('ask for the time of the server though they are never silent', async () => {
    const connection = new RedisConnection(
      readRedisUrl(at.server.url),
      'spec',
      undefined,
      undefined,
      new ServerClock(500),
    )
    onTestFinished(() => connection.close())
    await connection.meet('')
    const asked = async () => {
      const stats = await connection.redis.info('commandstats')
      return Number(/cmdstat_time:calls=(\d+)/.exec(stats)?.[1])
    }
    const before = await asked()
    await until('the time to be asked for twice', async () => ((await asked()) >= before + 2 ? true : undefined))
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
