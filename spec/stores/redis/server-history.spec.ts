import { describe, expect, it } from 'vitest'
import type { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import { task, useFixture } from './fixture.js'

/** What happens, in order: `change` and what the spec adds. */
const listen = (broker: RedisBroker): string[] => {
  const happened: string[] = []
  broker.onHistoryChange((queues) => happened.push(queues === null ? 'change' : 'change of some queues'))
  return happened
}

describe('a change of the history of the server', () => {
  const fixture = useFixture()

  it('is told after the server was started anew, before the next call is answered', async () => {
    const { broker, server } = fixture
    const happened = listen(broker)
    await broker.queue('q', [task('a')])
    expect(happened).toEqual([])
    await server.kill()
    const queued = broker.queue('q', [task('b')]).then(() => happened.push('queued'))
    await server.restart()
    await queued
    expect(happened).toEqual(['change', 'queued'])
  })

  it('is told to a program that makes no call', async () => {
    const { broker, server } = fixture
    await broker.queue('q', [task('a')])
    const changed = new Promise<void>((resolve) => {
      broker.onHistoryChange(() => {
        resolve()
      })
    })
    await server.restart()
    await changed
  })

  it('is not told where only the connection has broken, nor to a listener that has ended', async () => {
    const proxy = await fixture.proxy()
    const broker = await fixture.open(`redis://127.0.0.1:${String(proxy.port)}/0`)
    const happened = listen(broker)
    const end = broker.onHistoryChange(() => happened.push('after its end'))
    await broker.queue('q', [task('a')])
    proxy.rewrite = () => null
    await broker.queue('q', [task('b')])
    expect(happened).toEqual([])
    end()
    await fixture.server.restart()
    await broker.queue('q', [task('c')])
    expect(happened).toEqual(['change'])
  })

  it('is assumed at each reconnection where INFO is forbidden', async () => {
    await fixture.redis.call('ACL', 'SETUSER', 'me', 'on', '>secret', '~*', '&*', '+@all', '-info')
    const proxy = await fixture.proxy()
    const broker = await fixture.open(`redis://me:secret@127.0.0.1:${String(proxy.port)}/0`)
    const happened = listen(broker)
    await broker.queue('q', [task('a')])
    await broker.queue('q', [task('b', { body: JSON.stringify('x'.repeat(100_000)) })])
    expect(happened, 'a second connection is no reconnection').toEqual([])
    proxy.rewrite = () => null
    await broker.queue('q', [task('c')])
    expect(happened).toEqual(['change'])
  })

  it('harms no call where a listener throws', async () => {
    const { broker, server } = fixture
    broker.onHistoryChange(() => {
      throw new Error('of a listener')
    })
    const warned = new Promise<string>((resolve) => {
      process.once('warning', ({ message }) => {
        resolve(message)
      })
    })
    await broker.queue('q', [task('a')])
    await server.restart()
    await broker.queue('q', [task('b')])
    expect(await warned).toBe('of a listener')
  })
})
