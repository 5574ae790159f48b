import { Redis } from 'ioredis'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import type { StoreOptions } from '../../../lib/model/store-options.js'
import { ACL_RULES } from '../../support/acl-rules.js'
import { makeCertificate } from '../../support/certificate.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import type { SentinelOptions, SentinelSetUp } from '../../support/sentinel.js'
import { startSentinels } from '../../support/sentinel.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { describeBroker } from '../broker-conformance.js'
import { task } from './fixture.js'

const double = defineJob({ name: 'sentinel.double' }, (value: number) => value * 2)
const ONE = { replicas: 1, sentinels: 1 } as const

const start = async (options: SentinelOptions): Promise<SentinelSetUp> => {
  const setUp = await startSentinels(options)
  onTestFinished(async () => {
    await setUp.stop()
  })
  return setUp
}

describeBroker('Redis behind Sentinels', async () => {
  const setUp = await startSentinels()
  return {
    open: () => new RedisBroker(setUp.url),
    dispose: async () => {
      await setUp.stop()
    },
  }
})

describe('Sentinels', () => {
  const brokers: RedisBroker[] = []
  const open = async (url: string, options?: StoreOptions): Promise<RedisBroker> => {
    const broker = new RedisBroker(url, options)
    brokers.push(broker)
    await broker.connect()
    return broker
  }
  const refusal = async (url: string): Promise<string> =>
    await open(url.includes('connectTimeout') ? url : `${url}&connectTimeout=1s`).then(
      () => 'opened',
      (error: unknown) => `${(error as { code: string }).code} ${(error as Error).message}`,
    )
  /** The same where nothing is waited for, since waiting changes nothing. */
  const refusalAtOnce = async (url: string): Promise<string> => {
    const said = await refusal(`${url}&connectTimeout=10m`)
    expect(said).not.toContain('within')
    return said
  }

  afterEach(async () => {
    for (const broker of brokers.splice(0)) await broker.close()
  })

  it('lead to the master, with a user and a password of their own and other ones at the master', async () => {
    const setUp = await start({ ...ONE, password: 'p@ss', sentinelPassword: 's&cret' })
    const url = `redis+sentinel://default:p%40ss@${setUp.sentinels}/3?name=main&sentinelUsername=default`
    const broker = await open(`${url}&sentinelPassword=s%26cret`)
    await broker.queue('q', [task('a')])
    const redis = setUp.client(await setUp.master())
    await redis.select(3)
    expect(await redis.keys('{pq:q}:*')).not.toEqual([])
    await redis.select(0)
    expect(broker.address).toBe(`redis+sentinel://${setUp.sentinels}/3?name=main`)

    expect(await refusalAtOnce(`${url}&sentinelPassword=wrong`)).toMatch(
      /^PQ_BROKER_UNREACHABLE .*the Sentinel at .* says WRONGPASS.*; check sentinelUsername and sentinelPassword/,
    )
    const wrong = url.replace('p%40ss', 'other')
    expect(await refusal(`${wrong}&sentinelPassword=s%26cret`)).toMatch(/WRONGPASS.*; check the user and the password/)
  })

  it('are said to be wrong where they are no Sentinels, do not know the name, or do not listen', async () => {
    const setUp = await start(ONE)
    expect(await refusalAtOnce(setUp.url.replace('name=main', 'name=other'))).toMatch(
      /^PQ_BROKER_UNREACHABLE .*the Sentinel at 127.0.0.1:\d+ knows no master named "other"; check \?name=/,
    )
    const master = await setUp.master()
    const [told] = setUp.sentinels.split(',')
    expect(await refusalAtOnce(`redis+sentinel://127.0.0.1:${String(master.port)}/0?name=main`)).toMatch(
      /unknown command.*; use redis:\/\/ for a server of data/,
    )
    expect(await refusal(`redis://${told ?? ''}/0?namespace=pq`)).toMatch(
      /it is a Redis Sentinel; use redis\+sentinel:\/\/127\.0\.0\.1:\d+\/0\?name=main/,
    )
    const mistaken = `redis+cluster://${told ?? ''}/?namespace=pq`
    expect(await refusal(mistaken)).toMatch(
      /it is a Redis Sentinel; use redis\+sentinel:\/\/127\.0\.0\.1:\d+\/0\?name=main/,
    )
    expect(await refusalAtOnce(setUp.url.replace('redis', 'rediss'))).toMatch(
      /the Sentinel at 127.0.0.1:\d+ speaks without TLS; use redis\+sentinel:/,
    )
    expect(await refusal('redis+sentinel://127.0.0.1:1,127.0.0.1:2/0?name=main')).toMatch(
      /no Sentinel leads to the master: .* does not answer; check that Sentinels listen/,
    )
    const broker = await open(`redis+sentinel://127.0.0.1:1,${setUp.sentinels}/0?name=main`)
    await broker.queue('q', [task('a')])
  })

  it('tell addresses that the map of a NAT replaces', async () => {
    const setUp = await start(ONE)
    const { port } = await setUp.master()
    const proxy = await startTcpProxy(port)
    onTestFinished(async () => {
      await proxy.stop()
    })
    const natMap = { [`127.0.0.1:${String(port)}`]: `127.0.0.1:${String(proxy.port)}` }
    const broker = await open(setUp.url, { natMap })
    await broker.queue('q', [task('a')])
    expect(proxy.connections).toBe(1)
  })

  it('speak TLS, as the servers do, with an authority of our own', async () => {
    const certificate = makeCertificate()
    onTestFinished(() => {
      certificate.dispose()
    })
    const setUp = await start({ ...ONE, certificate })
    const broker = await open(setUp.url, { tls: { ca: certificate.ca } })
    await broker.queue('q', [task('a')])
    expect(await broker.size('q')).toMatchObject({ ready: 1 })
    expect(await refusalAtOnce(setUp.url)).toMatch(/self-signed certificate; let Node trust/)
    expect(await refusalAtOnce(setUp.url.replace('rediss', 'redis'))).toMatch(/it speaks TLS, and its URL does not/)
  })

  it('speak TLS under another name than their address', async () => {
    const certificate = makeCertificate('DNS:redis.internal')
    onTestFinished(() => {
      certificate.dispose()
    })
    const setUp = await start({ ...ONE, replicas: 0, certificate })
    const tls = { ca: certificate.ca, servername: 'redis.internal' }
    await (await open(setUp.url, { tls })).queue('q', [task('a')])
  })

  it('lead to the new master, which a listener is told of before the next call is answered', async () => {
    const setUp = await start({})
    const broker = await open(setUp.url)
    const happened: string[] = []
    broker.onHistoryChange(() => happened.push('change'))
    await broker.queue('q', [task('a')])
    await (await setUp.master()).kill()
    await broker.queue('q', [task('b')]).then(() => happened.push('queued'))
    expect(happened).toEqual(['change', 'queued'])
  })

  it('are listened to again after all of them were restarted', async () => {
    const setUp = await start({})
    const broker = await open(setUp.url)
    const before = await setUp.master()
    const role = async (): Promise<unknown> => (await setUp.client(before).role())[0]
    const roles: unknown[] = []
    broker.onHistoryChange(() => void role().then((each) => roles.push(each)))
    await broker.queue('q', [task('a')])
    await setUp.restartSentinels()
    await setUp.failOver()
    await until('the broker to be at the new master', () => (roles.length > 0 ? true : undefined))
    // The Sentinels make a replica of it ten seconds later, which closes all connections.
    expect(roles[0]).toBe('master')
  })

  it('are asked for the master once they are back: what has happened meanwhile was not heard of', async () => {
    const setUp = await start({})
    const broker = await open(setUp.url)
    let isChanged = false
    broker.onHistoryChange(() => (isChanged = true))
    await broker.queue('q', [task('a')])
    const before = await setUp.master()
    const [next, other] = setUp.servers.filter((each) => each !== before) as [RedisServer, RedisServer]
    await setUp.client(next).replicaof('NO', 'ONE')
    await setUp.client(other).replicaof('127.0.0.1', next.port)
    await setUp.restartSentinels(next)
    await until('the broker to be at the new master', () => (isChanged ? true : undefined))
    expect((await setUp.client(before).role())[0]).toBe('master')
  })

  it('may be left before they have answered that they are listened to again, which no promise is left to tell', async () => {
    const setUp = await start(ONE)
    const proxy = await startTcpProxy(Number(setUp.sentinels.split(':')[1]))
    onTestFinished(async () => {
      await proxy.stop()
    })
    const isHeard = (data: Buffer): boolean => data.includes('+switch-master')
    const first = proxy.holdReply(isHeard)
    const broker = await open(`redis+sentinel://127.0.0.1:${String(proxy.port)}/0?name=main`)
    ;(await first)()
    const again = proxy.holdReply(isHeard)
    proxy.reset()
    await again
    await broker.close()
    // The runner reports a rejection that nobody handles, and ends with 1.
    await proxy.stop()
    expect(proxy.connections).toBeGreaterThan(1)
  })

  it('need no more of their user than docs/redis.md says, nor do the servers, also after a failover', async () => {
    const setUp = await start({})
    const allow = (user: string): [string, ...string[]] => {
      const rules = ACL_RULES.get(user)
      if (!rules) throw new Error(`docs/redis.md has no line for ${user}`)
      return ['ACL', 'SETUSER', user, 'reset', 'on', '>secret', ...rules]
    }
    await setUp.tellSentinels(...allow('watcher'))
    for (const server of setUp.servers) await setUp.client(server).call(...allow('worker'))
    const users = '&sentinelUsername=watcher&sentinelPassword=secret'
    const dataStore = `${setUp.url.replace('://', '://worker:secret@')}${users}`
    const app = new PulsarQueue({ dataStore, workers: 0, parseConsole: false, logLevel: 'silent' })
    await app.start()
    onTestFinished(async () => {
      await app.close()
    })
    const api = await app.api().start()
    expect((await api.tasks.queue(double, { value: 2 })).result).toBe(4)
    await (await setUp.master()).kill()
    expect((await api.tasks.queue(double, { value: 3 })).result).toBe(6)
    const logs = (await setUp.tellSentinels('ACL', 'LOG')) as string[][][]
    const refused = logs.flat().map((entry) => entry[entry.indexOf('object') + 1])
    // ioredis says what it is, where that is allowed.
    expect(refused.filter((name) => !name?.startsWith('client'))).toEqual([])
  })

  it('lead away from a replica that they name as the master by mistake', async () => {
    const master = await startRedisServer()
    const replica = await startRedisServer(['--replicaof', '127.0.0.1', String(master.port)])
    const setUp = await start({ ...ONE, replicas: 0 })
    onTestFinished(async () => {
      await master.stop()
      await replica.stop()
    })
    const told = await setUp.master()
    const natMap = { [`127.0.0.1:${String(told.port)}`]: `127.0.0.1:${String(replica.port)}` }
    const broker = await open(`${setUp.url}&connectTimeout=30s`, { natMap })
    const queued = broker.queue('q', [task('a')])
    const redis = new Redis(replica.port)
    onTestFinished(() => {
      redis.disconnect()
    })
    const refused = async (): Promise<number> =>
      Number(/errorstat_READONLY:count=(\d+)/.exec(await redis.info('errorstats'))?.[1] ?? 0)
    while ((await refused()) < 2);
    await redis.call('REPLICAOF', 'NO', 'ONE')
    await queued
  })
})
