import { describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { task, useFixture } from './fixture.js'

describe('suspects in Redis', () => {
  const at = useFixture()

  it('let their worker sleep while it may claim nothing', async () => {
    await at.broker.queue('q', [task('suspect')])
    await at.holdAndDie('dead', 1, 1)
    const heard: string[] = []
    await at.broker.openWorker('q', 'w', ({ kind }) => heard.push(kind))
    await at.broker.join('q', { id: 'w', slots: 10, leaseTtl: 10_000 })
    const { tasks } = await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1 }, [], 5)
    expect(tasks.map(({ id, crashes }) => [id, crashes])).toEqual([['suspect', 1]])
    await at.broker.queue('q', [task('plain')])
    expect((await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, [], 5)).tasks).toEqual([])
    // The channel keeps the order: a wake would have come before this.
    await at.broker.revoke('q', ['suspect'], '{}', 1)
    await until('the notice', () => (heard.includes('revoked') ? true : undefined))
    expect(heard).toEqual(['revoked'])
  })

  it('wake a worker that holds nothing, and none that holds something', async () => {
    await at.broker.queue('q', [task('long')])
    const heard: string[] = []
    for (const worker of ['busy', 'free']) {
      await at.broker.openWorker('q', worker, ({ kind }) => heard.push(`${worker} ${kind}`))
      await at.broker.join('q', { id: worker, slots: 10, leaseTtl: 10_000 })
      await at.broker.settle({ queue: 'q', worker, lane: 0, seq: 1 }, [], 5)
    }
    await at.broker.pause('q')
    await at.broker.queue('q', [task('suspect')])
    await at.broker.resume('q')
    await until('the wake', () => (heard.length === 1 ? true : undefined))
    expect(heard).toEqual(['busy wake'])
    await at.holdAndDie('dead', 1, 1)
    await at.broker.settle({ queue: 'q', worker: 'busy', lane: 0, seq: 2 }, [], 5)
    await until('the other wake', () => (heard.includes('free wake') ? true : undefined))
    expect(heard).toEqual(['busy wake', 'free wake'])
  })

  it('are forgotten when they are flushed', async () => {
    await at.broker.queue('q', [task('suspect')])
    await at.holdAndDie('dead', 1, 1)
    expect(await at.broker.flush('q', 'operation')).toBe(1)
    expect(await at.redis.exists('{pq:q}:x')).toBe(0)
  })

  it('are not blamed when one pass cannot move them all', async () => {
    await at.broker.queue(
      'q',
      Array.from({ length: 501 }, (_, i) => task(`t${String(i)}`)),
    )
    await at.holdAndDie('dead', 600, 501)
    const records = await at.broker.get('q', ['t0', 't1', 't500'])
    expect(records.map((record) => record?.header.crashes)).toEqual([0, 0, 0])
    expect(await at.broker.size('q')).toEqual({ ready: 501, delayed: 0, held: 0 })
    expect(await at.redis.lrange('{pq:q}:r4', 0, 1)).toEqual(['t0', 't1'])
  })
})
