import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import { until } from '../../support/until.js'

const AOF = ['--appendonly', 'yes']

async function server(...options: string[]): Promise<RedisServer & { readonly redis: Redis }> {
  const started = await startRedisServer(options)
  const redis = new Redis(started.port)
  onTestFinished(async () => {
    redis.disconnect()
    await started.stop()
  })
  return { ...started, redis }
}

/** What a program is told of a server: names of advice with their level. */
async function adviceAt(url: string): Promise<string[]> {
  const broker = new RedisBroker(url)
  try {
    await broker.connect()
    return (await broker.advice()).map(({ name, level }) => `${level} ${name}`)
  } finally {
    await broker.close()
  }
}

/** Options for a URL of a Redis that ends with `/0`. */
const as = (url: string, user: string): string => url.replace('://', `://${user}@`)

describe('the advice on the set-up of a server', () => {
  it('is none where nothing is lost without need', async () => {
    expect(await adviceAt((await server(...AOF)).url)).toEqual([])
  })

  it('is a line of information where a server on the same machine has no log, and a warning elsewhere', async () => {
    const socket = join(mkdtempSync(join(tmpdir(), 'pq-advice-')), 'redis.sock')
    onTestFinished(() => {
      rmSync(join(socket, '..'), { recursive: true })
    })
    const { url, port } = await server('--unixsocket', socket)
    expect(await adviceAt(url)).toEqual(['info appendonly'])
    expect(await adviceAt(`redis+unix://${socket}`)).toEqual(['info appendonly'])
    // A name of this machine that does not say that it is one.
    expect(await adviceAt(`redis://0.0.0.0:${String(port)}/0`)).toEqual(['warn appendonly'])
  })

  it('names each setting that loses tasks', async () => {
    const { url, redis } = await server(...AOF)
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await redis.config('SET', 'appendfsync', 'no')
    expect(await adviceAt(url)).toEqual(['warn maxmemory-policy', 'warn appendfsync'])
  })

  it('goes by INFO where CONFIG is forbidden', async () => {
    const { url, redis } = await server('--maxmemory-policy', 'volatile-ttl', '--appendfsync', 'no')
    await redis.call('ACL', 'SETUSER', 'me', 'on', '>secret', '~*', '&*', '+@all', '-config')
    expect(await adviceAt(as(url, 'me:secret'))).toEqual(['warn maxmemory-policy', 'info appendonly'])
    await redis.config('SET', 'appendonly', 'yes')
    expect(await adviceAt(as(url, 'me:secret'))).toEqual(['warn maxmemory-policy'])
  })

  it('is to let a master with replicas refuse writes that none of them gets', async () => {
    const { url, port, redis } = await server(...AOF, '--repl-diskless-sync-delay', '0')
    const replica = await server('--replicaof', '127.0.0.1', String(port))
    await until('the replica', async () =>
      (await redis.info('replication')).includes('state=online') ? true : undefined,
    )
    expect(await adviceAt(url)).toEqual(['warn min-replicas-to-write'])
    await redis.config('SET', 'min-replicas-to-write', '1')
    expect(await adviceAt(url)).toEqual([])
    // One whose replicas take its place must not come back empty.
    await redis.config('SET', 'appendonly', 'no')
    expect(await adviceAt(url)).toEqual(['warn appendonly'])
    await replica.stop()
  })

  it('is to start the replicas that a durability needs', async () => {
    const { url } = await server(...AOF)
    expect(await adviceAt(`${url}?durability=replica`)).toEqual(['warn replicas'])
    expect(await adviceAt(`${url}?durability=all`)).toEqual(['warn replicas'])
  })
})
