import { describe, expect, it } from 'vitest'
import type { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import type { TcpProxy } from '../../support/tcp-proxy.js'
import { ids, TestWorker } from '../conformance/test-worker.js'
import { until } from '../../support/until.js'
import { task, useFixture } from './fixture.js'

describe('calls of one connection that breaks', () => {
  const fixture = useFixture()

  /** A broker that has to wait for four seconds before it sends a call again: it may not make the server close the old connection. */
  async function patient(): Promise<{ broker: RedisBroker; proxy: TcpProxy }> {
    await fixture.redis.call('ACL', 'SETUSER', 'me', 'on', '>secret', '~*', '&*', '+@all', '-client|kill')
    const proxy = await fixture.proxy()
    const broker = await fixture.open(`redis://me:secret@127.0.0.1:${String(proxy.port)}/0`)
    return { broker, proxy }
  }

  /** Resolves when the broker has noticed that its connection is broken: it makes another one. @param made - how many it had made before */
  async function noticed(proxy: TcpProxy, made: number): Promise<void> {
    await until('another connection', () => (proxy.connections > made ? true : undefined))
  }

  it('queue their tasks in the order in which they were made, also where one of them got lost on its way', async () => {
    const { broker, proxy } = await patient()
    await broker.queue('q', [task('a')])
    const made = proxy.connections
    const broken = proxy.delay((data) => data.includes('lost'))
    const lost = broker.queue('q', [task('lost')])
    await broken
    await noticed(proxy, made)
    const [flushed, looked] = [broker.flush('q', 'flush'), broker.size('q')]
    const later = broker.queue('q', [task('later')])
    // Those on other queues wait for nothing.
    await broker.queue('other', [task('b')])
    expect(await fixture.broker.size('q')).toMatchObject({ ready: 1 })
    await Promise.all([lost, later])
    expect([await flushed, (await looked).ready]).toEqual([2, 0])
    const worker = await new TestWorker(fixture.broker, 'q').join(100)
    expect(ids(await worker.claim(100))).toEqual(['later'])
  })

  it('claim in the order in which they were made, also where the answer to one of them got lost', async () => {
    const { broker, proxy } = await patient()
    const worker = await new TestWorker(broker, 'q').join(100)
    await broker.queue('q', [task('a'), task('b'), task('c')])
    await worker.claim(1)
    const came: string[] = []
    const claim = async (lane: number): Promise<void> => {
      worker.seq += 1
      const call = { queue: 'q', worker: worker.id, lane, seq: worker.seq }
      came.push(...ids((await broker.settle(call, [], 1)).tasks))
    }
    const made = proxy.connections
    proxy.rewrite = () => null
    const lost = claim(0)
    await noticed(proxy, made)
    await Promise.all([lost, claim(1)])
    expect(came).toEqual(['b', 'c'])
  })
})
