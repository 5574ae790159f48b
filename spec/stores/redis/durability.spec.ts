import { describe, expect, it, onTestFinished } from 'vitest'
import { startRedisServer } from '../../support/redis-server.js'
import { until } from '../../support/until.js'
import { task, useFixture } from './fixture.js'

describe('the durability of a URL', () => {
  const fixture = useFixture()

  /** A replica of the fixture's server, behind a proxy that can be cut. */
  const replicate = async () => {
    await fixture.redis.config('SET', 'repl-diskless-sync-delay', '0')
    const proxy = await fixture.proxy()
    const replica = await startRedisServer(['--replicaof', '127.0.0.1', String(proxy.port)])
    onTestFinished(async () => {
      await replica.stop()
    })
    await until('the replica', async () =>
      (await fixture.redis.info('replication')).includes('state=online') ? true : undefined,
    )
    return proxy
  }

  it.each(['replica', 'replicas:1', 'all'])('%s: a task is acknowledged when a replica has it', async (durability) => {
    const proxy = await replicate()
    const broker = await fixture.open(`${fixture.server.url}?durability=${durability}&connectTimeout=1s`)
    expect(await broker.queue('q', [task('a')])).toMatchObject([{ verdict: 'queued' }])
    proxy.blackhole()
    proxy.refuse()
    await expect(broker.queue('q', [task('b')])).rejects.toMatchObject({
      code: 'PQ_NOT_DURABLE',
      expected: '1 replicas',
      confirmed: '0 of 1 replicas',
    })
    expect(await broker.size('q')).toMatchObject({ ready: 2 })
  })

  it('replica: the same id again is harmless, and confirmed once a replica is there', async () => {
    const broker = await fixture.open(`${fixture.server.url}?durability=replica&connectTimeout=1s`)
    await expect(broker.queue('q', [task('a')])).rejects.toMatchObject({ code: 'PQ_NOT_DURABLE' })
    await replicate()
    expect(await broker.queue('q', [task('a', { checkDuplicate: true })])).toMatchObject([{ verdict: 'duplicate' }])
    expect(await broker.size('q')).toMatchObject({ ready: 1 })
  })

  it('fsync: says what is missing where the server is too old, or writes no log', async () => {
    const broker = await fixture.open(`${fixture.server.url}?durability=fsync&connectTimeout=1s`)
    const error = await broker.queue('q', [task('a')]).catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({ code: expect.stringMatching(/^PQ_(?:BROKER_VERSION|NOT_DURABLE)$/) as string })
    expect((error as Error).message).toMatch(/7\.2|appendonly/)
    expect(await broker.size('q')).toMatchObject({ ready: 1 })
  })
})
