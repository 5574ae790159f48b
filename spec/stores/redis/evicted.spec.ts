import { describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { ids, TestWorker } from '../conformance/test-worker.js'
import { task, useFixture } from './fixture.js'

const HOUR = 3_600_000
const OPTIONS = { crashCap: 3, outcome: '{}', ttl: 60_000, grace: 0 }

describe('a queue of which the server has dropped a key to make room', () => {
  const at = useFixture()

  /** The workers of by now look at it: they reclaim, and one of them joins anew. @returns what it gets */
  const found = async (): Promise<string[]> => {
    const fresh = await new TestWorker(at.broker, 'q').join()
    const claimed: string[] = []
    await until('all that is ready', async () => {
      await at.broker.reclaim('q', OPTIONS)
      claimed.push(...ids(await fresh.claim(10)))
      return (await at.broker.size('q')).ready === 0 ? true : undefined
    })
    return claimed.sort()
  }

  /** Ready: two of different priorities. Delayed: one. Held: one. */
  const fill = async (): Promise<TestWorker> => {
    const worker = await new TestWorker(at.broker, 'q').join()
    await at.broker.queue('q', [task('held')])
    expect(ids(await worker.claim(1))).toEqual(['held'])
    await at.broker.queue('q', [task('ready')])
    await at.broker.queue('q', [task('low', { priority: 1 })])
    await at.broker.queue('q', [task('later', { delay: HOUR })])
    return worker
  }

  it.each<[string, key: string, found: readonly string[], delayed: number]>([
    ['its state, and with it what workers hold', 's', ['held', 'low', 'ready'], 1],
    ['a list of ready tasks', 'r4', ['low', 'ready'], 1],
    ['the delayed tasks', 'd', ['low', 'ready'], 1],
    ['the leases', 'l', ['held', 'low', 'ready'], 1],
    ['the tasks', 't', [], 0],
  ])('goes on, and what is left of it is found: without %s', async (_what, key, expected, delayed) => {
    await fill()
    expect(await at.redis.del(`{pq:q}:${key}`)).toBe(1)
    expect(await found()).toEqual(expected)
    expect(await at.broker.size('q')).toMatchObject({ ready: 0, delayed })
    await at.broker.queue('q', [task('more')])
    expect(await found()).toEqual(['more'])
  })

  it('is not read as a whole while each task is in its place', async () => {
    await fill()
    await at.broker.revoke('q', ['ready'], '{}', 60_000)
    await at.redis.config('RESETSTAT')
    await at.broker.reclaim('q', OPTIONS)
    expect(await at.redis.info('commandstats')).not.toMatch(/cmdstat_(lrange|hkeys:calls=[3-9])/)
  })
})
