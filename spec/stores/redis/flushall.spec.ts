import { describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { task, useFixture } from './fixture.js'

describe('a queue of a server that was emptied while all were connected', () => {
  const at = useFixture()

  it.each<[verb: string, call: () => Promise<unknown>]>([
    ['queue', async () => await at.broker.queue('q', [task('a')])],
    [
      'tick',
      async () =>
        await at.broker.tick('q', {
          job: 'j',
          expected: null,
          at: 1,
          schedule: 's',
          operation: 'one',
          task: task('t'),
        }),
    ],
    ['join', async () => await at.broker.join('q', { id: 'w', slots: 1, leaseTtl: 9_000 })],
    ['pause', async () => await at.broker.pause('q')],
  ])('is known again with the first %s', async (_verb, call) => {
    await call()
    await at.redis.flushall()
    await call()
    expect(await at.broker.queues()).toEqual(['q'])
  })

  it('is registered once, however many calls meet the empty server together', async () => {
    // A registration calls HSETNX, and the script that queues new tasks does not.
    const calls = async (): Promise<number> => {
      const stats = await at.redis.info('commandstats')
      return Number(/cmdstat_hsetnx:calls=(\d+)/.exec(stats)?.[1] ?? 0)
    }
    await at.redis.config('RESETSTAT')
    await at.broker.queue('q', [task('first')])
    const ofRegistration = await calls()
    expect(ofRegistration).toBeGreaterThan(0)
    await at.redis.flushall()
    await Promise.all(Array.from({ length: 20 }, (_, i) => at.broker.queue('q', [task(`t${String(i)}`)])))
    expect(await calls()).toBe(2 * ofRegistration)
    expect(await at.broker.size('q')).toMatchObject({ ready: 20 })
  })

  it('tells its events to those who listened before', async () => {
    const heard: string[] = []
    await at.broker.onTaskEvent((event, { header }) => heard.push(`${event} ${header.id}`))
    await at.broker.queue('q', [task('a')])
    await at.redis.flushall()
    // A listener enters itself anew every five seconds.
    await until('the listener', async () => ((await at.redis.exists('pq:listeners')) === 1 ? true : undefined))
    await at.broker.queue('q', [task('b')])
    await until('the event', () => (heard.includes('queued b') ? true : undefined))
  })

  it('is not made by a look', async () => {
    await at.broker.size('q')
    await at.broker.get('q', ['a'])
    expect(await at.redis.keys('*')).toEqual([])
  })
})
