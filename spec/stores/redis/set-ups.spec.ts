import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { loadStore } from '../../../lib/stores/open-store.js'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { RedisPermitStore } from '../../../lib/stores/redis/redis-permit-store.js'
import { RedisPubSub } from '../../../lib/stores/redis/redis-pub-sub.js'
import type { RedisServer } from '../../support/redis-server.js'
import { freePort, startRedisServer } from '../../support/redis-server.js'
import { until } from '../../support/until.js'
import { task } from './fixture.js'

const servers: RedisServer[] = []
async function server(...options: string[]): Promise<RedisServer> {
  const started = await startRedisServer(options)
  servers.push(started)
  return started
}
const at = ({ port }: RedisServer, rest = '/0?connectTimeout=500ms', user = ''): string =>
  `redis://${user}127.0.0.1:${String(port)}${rest}`

/** A plain client: what an operator sees. */
function operator({ port }: RedisServer, db = 0): Redis {
  const redis = new Redis({ port, db })
  onTestFinished(() => {
    redis.disconnect()
  })
  return redis
}

/** Port of a server of HTTP. */
async function web(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return String((server.address() as { port: number }).port)
}

/** What a broker says that cannot be opened, or cannot queue. */
async function refusal(url: string): Promise<string> {
  const broker = new RedisBroker(url)
  try {
    await broker.connect()
    await broker.queue('q', [task('a')])
    return 'queued'
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`
  } finally {
    await broker.close()
  }
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((each) => each.stop()))
})

describe('a Redis that cannot be used', () => {
  it('is one without the database, at once and for all who wait', async () => {
    const redis = await server('--databases', '4')
    const broker = new RedisBroker(at(redis, '/7'))
    const calls = await Promise.allSettled([
      broker.connect(),
      broker.size('q'),
      broker.openWorker('q', 'w', () => undefined),
    ])
    await broker.close()
    const refused = {
      status: 'rejected',
      reason: expect.objectContaining({
        code: 'PQ_BROKER_UNREACHABLE',
        waited: 0,
        message: expect.stringMatching(/\/7: .*DB index is out of range; use a database/) as string,
      }) as unknown,
    }
    expect(calls).toEqual([refused, refused, refused])
  })

  it('is one that has lost the database, on every connection that opens anew', async () => {
    const redis = await server('--databases', '4')
    const url = at(redis, '/3?connectTimeout=5s')
    const [broker, permits, pubsub] = [new RedisBroker(url), new RedisPermitStore(url), new RedisPubSub(url)]
    await broker.queue('q', [task('a')])
    await broker.openWorker('q', 'w', () => undefined)
    await permits.sweep('lock', 1)
    await pubsub.publish('c', 'e', ['{}'])
    await redis.restart(['--databases', '2'])
    const calls = await Promise.allSettled([
      broker.queue('q', [task('b')]),
      broker.openInbox('i', () => undefined),
      permits.acquire('lock', [{ holder: 'h', max: 1 }], 1_000, 0),
      permits.openInbox('i', () => undefined),
      pubsub.publish('c', 'e', ['{}']),
      pubsub.subscribe('c', () => undefined),
    ])
    await Promise.all([broker.close(), permits.close(), pubsub.close()])
    const said = calls.map((call) => (call.status === 'rejected' ? (call.reason as Error).message : 'answered'))
    expect(said).toEqual(Array(6).fill(expect.stringContaining('DB index is out of range')))
    expect(await operator(redis).dbsize()).toBe(0)
  })

  it('says why: user, password, permission, replica', async () => {
    const redis = await server()
    const admin = operator(redis)
    await admin.call('ACL', 'SETUSER', 'me', 'on', '>secret', '~*', '&*', '+@all', '-publish')
    expect(await refusal(at(redis, '/0', 'me:wrong@'))).toMatch(/^PQ_BROKER_UNREACHABLE: .*WRONGPASS.*; check the user/)
    await admin.call('ACL', 'SETUSER', 'me', '-eval')
    expect(await refusal(at(redis, '/0', 'me:secret@'))).toMatch(/'eval' command; allow its user/)
    await admin.config('SET', 'requirepass', 'secret')
    expect(await refusal(at(redis))).toMatch(/NOAUTH.*; check the user/)
    await admin.config('SET', 'requirepass', '')
    const replica = await server('--replicaof', '127.0.0.1', String(redis.port))
    expect(await refusal(at(replica))).toMatch(/within 0.5 s: READONLY.*; it is a replica: use the URL of its master,/)
  })

  it('says why: maxclients, a cluster, no Redis at all', async () => {
    const full = await server('--maxclients', '1')
    await operator(full).ping()
    expect(await refusal(at(full))).toMatch(/max number of clients reached; raise maxclients/)
    const node = await server('--cluster-enabled', 'yes')
    expect(await refusal(at(node))).toMatch(
      new RegExp(`node of a Redis Cluster; use redis\\+cluster://127.0.0.1:${String(node.port)},`),
    )
    const single = await server()
    const asCluster = await refusal(at(single).replace('redis:', 'redis+cluster:').replace('/0', '/'))
    expect(asCluster).toMatch(new RegExp(`; use redis://127.0.0.1:${String(single.port)}/0: it is a server of its own`))
  })

  // At once: waiting changes nothing.
  it.each([
    ['redis', '/', /: it does not speak Redis; check that a Redis server listens at that port/],
    ['rediss', '/', /: it does not speak TLS; check that a Redis server listens at that port; if it has no TLS/],
    ['redis+cluster', '/', /: it does not speak Redis; check/],
    ['rediss+cluster', '/', /: it does not speak TLS; check/],
    ['rediss+sentinel', '/0?name=main', /: it does not speak TLS; check/],
  ])('says of what is no Redis that it is none, in one line: %s', async (scheme, rest, says) => {
    const port = await web()
    const said = await refusal(
      `${scheme}://127.0.0.1:${port}${rest}${rest.includes('?') ? '&' : '?'}connectTimeout=10m`,
    )
    expect(said).toMatch(says)
    expect(said).toMatch(/^PQ_BROKER_UNREACHABLE: cannot use /)
    expect(said).not.toMatch(/\n|RESP|SSL|within/)
  })

  it('says the same of a Sentinel, in time', async () => {
    const said = await refusal(`redis+sentinel://127.0.0.1:${await web()}/0?name=main&connectTimeout=500ms`)
    expect(said).toMatch(/the Sentinel at \S+ does not speak Redis; check that a Redis server listens/)
  })

  it('says why: TLS on one side only, a certificate that nobody knows', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pq-tls-'))
    onTestFinished(() => {
      rmSync(directory, { recursive: true })
    })
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', [...args, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
    const plain = await server()
    const port = String(await freePort())
    const tls = ['--tls-port', port, '--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no']
    await server('--tls-ca-cert-file', certificate, ...tls)
    const late = await refusal(`rediss://127.0.0.1:${String(plain.port)}/?connectTimeout=500ms`)
    expect(late).toMatch(/without TLS.*; use redis:\/\/ if/)
    // At once, or as soon as the server has been silent for a second: waiting changes nothing.
    const silent = await refusal(`rediss://127.0.0.1:${String(plain.port)}/?connectTimeout=10m`)
    expect(silent).toMatch(/without TLS.*; use redis:\/\/ if/)
    const distrusted = await refusal(`rediss://127.0.0.1:${port}/?connectTimeout=10m`)
    expect(distrusted).toMatch(/certificate; let Node trust/)
    const spoken = await refusal(`redis://127.0.0.1:${port}/?connectTimeout=10m`)
    expect(spoken).toMatch(/it speaks TLS, and its URL does not; begin its URL with rediss/)
    expect([silent, distrusted, spoken].join()).not.toContain('within')
  })
})

describe('options of TLS that cannot be read', () => {
  it.each(['rediss://127.0.0.1:1/0?', 'rediss+sentinel://127.0.0.1:1/0?name=main&', 'rediss+cluster://127.0.0.1:1/?'])(
    'are told at once, with what to do: %s',
    async (url) => {
      const broker = new RedisBroker(`${url}connectTimeout=10m`, { tls: { cert: 'no certificate', key: 'no key' } })
      const error = await broker.connect().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'PQ_BROKER_UNREACHABLE', waited: 0 })
      expect((error as Error).message).toMatch(
        /PEM routines.*; check storeOptions.tls: ca, cert and key are texts in PEM/,
      )
      await broker.close()
    },
  )
})

describe('a Redis that is not as usual', () => {
  it('may forbid or rename INFO, which is said', async () => {
    const redis = await server('--rename-command', 'HELLO', '')
    await operator(redis).call('ACL', 'SETUSER', 'me', 'on', '>secret', '~*', '&*', '+@all', '-@dangerous')
    const broker = new RedisBroker(at(redis, '/1', 'me:secret@'))
    await broker.connect()
    expect(await broker.advice()).toMatchObject([
      { name: 'info', level: 'warn', says: expect.stringMatching(/INFO to be allowed .* are not checked/) as string },
    ])
    const notices: unknown[] = []
    await broker.openInbox('i', (notice) => notices.push(notice))
    await broker.queue('q', [task('a', { inbox: 'i' })])
    await broker.revoke('q', ['a'], '{}', 1)
    await until('the notice', () => (notices.length > 0 ? true : undefined))
    await broker.close()
  })

  it('listens on a Unix socket, with a user and a database', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pq-socket-'))
    const path = join(directory, 'redis.sock')
    const redis = await server('--unixsocket', path)
    await operator(redis).call('ACL', 'SETUSER', 'me', 'on', '>p@ss', '~*', '&*', '+@all')
    const url = `redis+unix://me:p%40ss@${path}?db=2&namespace=own`
    expect(typeof (await loadStore(url)).broker).toBe('function')
    const broker = new RedisBroker(url)
    await broker.queue('q', [task('a')])
    expect(broker.address).toBe(`redis+unix://${path}?db=2`)
    await broker.close()
    expect(await operator(redis, 2).keys('{own:q}:*')).not.toEqual([])
    expect(await refusal(`redis+unix://${path}?connectTimeout=300ms`)).toBe('queued')
    expect(await refusal('redis+unix:///nowhere/redis.sock?connectTimeout=300ms')).toMatch(/ENOENT.*; check the path/)
    expect(() => new RedisBroker(`redis+unix://host${path}`)).toThrow('expected a store URL')
    expect(() => new RedisBroker(`redis+unix://${path}/2?db=x`)).toThrow('expected a store URL')
    rmSync(directory, { recursive: true })
  })
})
