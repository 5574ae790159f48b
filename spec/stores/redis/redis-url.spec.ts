import { describe, expect, it } from 'vitest'
import type { RedisLocation } from '../../../lib/stores/redis/connection/redis-location.js'
import { readRedisUrl } from '../../../lib/stores/redis/connection/redis-url.js'

const fault = (url: string, options?: Parameters<typeof readRedisUrl>[1]): Error => {
  try {
    readRedisUrl(url, options)
  } catch (error) {
    return error as Error
  }
  throw new Error(`${url} was read`)
}

describe('the URL of a Redis', () => {
  it.each<[string, Partial<RedisLocation>]>([
    [
      'redis://127.0.0.1:6380/3?namespace=app&connectTimeout=3s',
      {
        kind: 'single',
        nodes: [{ host: '127.0.0.1', port: 6380 }],
        db: 3,
        namespace: 'app',
        timeout: 3_000,
        tls: null,
      },
    ],
    ['redis://host', { address: 'redis://host/0', nodes: [{ host: 'host', port: 6379 }], db: 0, namespace: 'pq' }],
    ['redis://[::1]:7000/1', { address: 'redis://[::1]:7000/1', nodes: [{ host: '::1', port: 7000 }] }],
    ['REDIS://Host/', { kind: 'single', nodes: [{ host: 'Host', port: 6379 }] }],
    ['redis://me@host', { credentials: { username: 'me' } }],
    ['redis://:word@host', { credentials: { password: 'word' } }],
    ['redis://m%40e:p%40s%3As%2F%25+@host', { credentials: { username: 'm@e', password: 'p@s:s/%+' } }],
    ['redis://me:p@ss@host', { credentials: { username: 'me', password: 'p@ss' }, address: 'redis://host/0' }],
    ['rediss://host:6380', { kind: 'single', tls: {}, address: 'rediss://host:6380/0' }],
    [
      'redis+unix://me:p%40ss@/run/my%20redis.sock?db=2&namespace=own',
      {
        kind: 'single',
        nodes: [],
        socket: '/run/my redis.sock',
        db: 2,
        credentials: { username: 'me', password: 'p@ss' },
        address: 'redis+unix:///run/my redis.sock?db=2',
      },
    ],
    [
      'redis+sentinel://u:p@h1:26380,h2,[2001:db8::1]:26381/2?name=main&namespace=app&sentinelUsername=su&sentinelPassword=s%26p+',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'h1', port: 26380 },
          { host: 'h2', port: 26379 },
          { host: '2001:db8::1', port: 26381 },
        ],
        db: 2,
        namespace: 'app',
        credentials: { username: 'u', password: 'p' },
        sentinel: { name: 'main', credentials: { username: 'su', password: 's&p+' } },
        address: 'redis+sentinel://h1:26380,h2,[2001:db8::1]:26381/2?name=main',
        tls: null,
      },
    ],
    ['rediss+sentinel://h1/?name=main', { kind: 'sentinel', db: 0, tls: {} }],
    [
      'redis+cluster://u:p@h1:7000,h2/?namespace=app&nat=10.0.0.5:7000~127.0.0.1:7001,[::2]:7000~[::1]:7002',
      {
        kind: 'cluster',
        nodes: [
          { host: 'h1', port: 7000 },
          { host: 'h2', port: 6379 },
        ],
        natMap: { '10.0.0.5:7000': { host: '127.0.0.1', port: 7001 }, '::2:7000': { host: '::1', port: 7002 } },
        db: 0,
        sentinel: null,
      },
    ],
    ['rediss+cluster://endpoint', { kind: 'cluster', tls: {}, nodes: [{ host: 'endpoint', port: 6379 }] }],
    ['redis://h?durability=replicas:2', { durability: 'replicas:2' }],
    ['redis://h?durability=fsync+replica', { durability: 'fsync+replica' }],
    ['redis://h?durability=fsync%2Breplica', { durability: 'fsync+replica' }],
    ['redis://h?durability=all', { durability: 'all' }],
    ['redis://h', { durability: 'async' }],
  ])('is read: %s', (url, expected) => {
    expect(readRedisUrl(url)).toMatchObject({ url, ...expected })
  })

  it.each([
    ['redis://', /names no host/, /redis:\/\/user:password@127/],
    ['redis://host/x', /a database is a number/],
    ['redis://host/0/1', /a database is a number/],
    ['redis://host/0?nmespace=a', /no parameter "nmespace", but namespace, connectTimeout, durability/],
    ['redis://host/0?name=main', /no parameter "name"/],
    ['redis://host/0?namespace={a}', /has no braces/],
    ['redis://host/0?namespace=', /not empty/],
    ['redis://host/0?namespace=a&namespace=b', /stands twice/],
    ['redis://host/0?connectTimeout=soon', /connectTimeout is a duration/],
    ['redis://host/0?connectTimeout=30d', /one day at most/],
    ['redis://host/0?durability=sure', /durability is one of 'async'/],
    ['redis://host/0?durability=replicas:0', /durability is one of/],
    ['redis://host:0', /port from 1 to 65535/],
    ['redis://host:99999', /port from 1 to 65535/],
    ['redis://::1/0', /IPv6 has brackets/],
    ['redis://[::zz]/0', /IPv6 has brackets/],
    ['redis://me:se/cret@host', /percent-encoded/],
    ['redis://me:se#cret@host', /%23/],
    ['redis://me:se?cret@host', /%3F/],
    ['redis://me:%zz@host', /%25/],
    ['redis://h1:1,h2:2/0', /redis\+sentinel:\/\/.*redis\+cluster:\/\//],
    ['redis:/host', /after its scheme/],
    ['redis+unix://host/run/redis.sock', /a path and no host/, /redis\+unix:\/\/\/run\/redis\.sock/],
    ['redis+unix:///', /a path and no host/],
    ['redis+unix:///run/redis.sock?db=x', /a database is a number/],
    ['redis+sentinel://h1,h2/0', /\?name= says which master/, /redis\+sentinel:\/\/.*\?name=main'/],
    ['redis+sentinel://h1,,h2/0?name=main', /each host/],
    ['redis+sentinel://u:p@h1,u:p@h2/0?name=main', /stand once, before the first host/],
    ['redis+cluster://h1:7000/1', /database 0 only.*namespace/, /redis\+cluster:\/\//],
    ['redis+cluster://h1:7000/?nat=10.0.0.5:7000', /nat has pairs/],
    ['redis+cluster://h1:7000/?nat=10.0.0.5:7000~here', /nat has pairs/],
    ['redis+other://h1', /begins with one of redis, rediss/],
  ])('is refused with what is wrong and one that fits: %s', (url, wrong, fits = /redis(s)?:\/\/|redis\+/) => {
    const error = fault(url)
    expect(error).toMatchObject({ code: 'PQ_INVALID_URL' })
    expect(error.message).toMatch(wrong)
    expect((error as Error & { expected: string }).expected).toMatch(fits)
  })

  it.each([
    'redis+sentinel://me:secret@h1,h2/0',
    'redis+cluster://me:my?secret@h1',
    'redis://me:my?a=1&secret=2@h1/0',
    'redis+sentinel://h1,h2/?sentinelPassword=secret',
    'redis+sentinel://h1,h2/0?name=main&sentinelPasword=secret',
    'redis://h1/0?pass-word=secret',
    'redis+sentinel://me:secret@h1,you:secret@h2/0?name=main',
    'redis+cluster://:sec%40ret@h1,h2/4',
    'rediss+cluster://me:secret@h1:0',
  ])('never shows its passwords: %s', (url) => {
    expect(fault(url).message).not.toMatch(/sec(ret|%40)/)
  })

  it('has no password in its address', () => {
    const url = 'redis+sentinel://me:secret@h1/0?name=main&sentinelPassword=secret'
    expect(readRedisUrl(url).address).not.toContain('secret')
  })

  it('is completed by the store options, and yields plain data that threads can be given', () => {
    const tls = { ca: 'pem', servername: 'redis.internal' }
    const natMap = { '10.0.0.5:6379': '127.0.0.1:7001', '10.0.0.6:6379': '127.0.0.1:7002' }
    const url = 'rediss+sentinel://h1/0?name=main&nat=10.0.0.5:6379~127.0.0.1:8001'
    const location = readRedisUrl(url, { tls, natMap })
    expect(location).toMatchObject({
      tls,
      natMap: {
        '10.0.0.5:6379': { host: '127.0.0.1', port: 8001 },
        '10.0.0.6:6379': { host: '127.0.0.1', port: 7002 },
      },
    })
    expect(structuredClone(location)).toEqual(location)
  })

  it('is refused where it has no TLS, and the options say how TLS is done', () => {
    expect(fault('redis+sentinel://h1/0?name=main', { tls: {} }).message).toMatch(/rediss\+sentinel:\/\//)
    expect(readRedisUrl('redis+unix:///run/redis.sock', { tls: {} }).tls).toBeNull()
  })
})
