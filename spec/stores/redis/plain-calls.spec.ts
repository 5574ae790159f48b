import { describe, expect, it } from 'vitest'
import { done, task, useFixture } from './fixture.js'

/** The cases of `plain-queue.lua` and `plain-settle.lua` in which a plain call meets what is not plain. */
describe('a plain call in Redis', () => {
  const at = useFixture()
  const settle = async (seq: number, ended: readonly Parameters<typeof done>[0][], max: number) =>
    await at.broker.settle(
      { queue: 'q', worker: 'w', lane: 0, seq },
      ended.map((each) => done(each)),
      max,
    )

  it('settles, and takes nothing out of any list, where one of them has another type', async () => {
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 60_000 })
    await at.broker.queue('q', [
      task('a'),
      task('b'),
      task('c'),
      task('d', { priority: 9 }),
      task('e', { priority: 9 }),
    ])
    const first = await settle(1, [], 1)
    // The first call that settles also begins the counters.
    const second = await settle(2, first.tasks, 1)
    const third = await settle(3, second.tasks, 1)
    expect([first, second, third].map(({ tasks }) => tasks.map(({ id }) => id))).toEqual([['d'], ['e'], ['a']])
    await at.broker.queue('q', [task('f', { priority: 9 })])
    await at.redis.rename('{pq:q}:r4', 'aside')
    await at.redis.set('{pq:q}:r4', 'x')
    expect(await settle(4, third.tasks, 5)).toMatchObject({ verdicts: ['recorded'], tasks: [], nextDue: 0 })
    expect(await at.redis.lrange('{pq:q}:r9', 0, -1)).toEqual(['f'])
    await expect(settle(5, [], 5)).rejects.toMatchObject({ code: 'PQ_KEY_TYPE', key: '{pq:q}:r4' })
    expect(await at.redis.lrange('{pq:q}:r9', 0, -1)).toEqual(['f'])
    expect(await at.broker.stats('q')).toMatchObject({ succeeded: 3 })
    await at.redis.rename('aside', '{pq:q}:r4')
    expect((await settle(6, [], 5)).tasks.map(({ id }) => id)).toEqual(['f', 'b', 'c'])
  })

  it('stores nothing that is in no list, where that has another type', async () => {
    await at.broker.queue('q', [task('a')])
    await at.redis.del('{pq:q}:r4')
    await at.redis.set('{pq:q}:r4', 'x')
    await expect(at.broker.queue('q', [task('b')])).rejects.toMatchObject({ code: 'PQ_KEY_TYPE', key: '{pq:q}:r4' })
    expect(await at.redis.hkeys('{pq:q}:t')).toEqual(['a'])
  })

  it('hands tasks to nobody who does not hear it, and keeps them', async () => {
    await at.broker.queue('q', [task('a')])
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 60_000 })
    const { tasks } = await settle(1, [], 20)
    await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2, handOff: 0 }, tasks.map(done), 20)
    expect(await at.redis.hget('{pq:q}:s', 'I')).toBe(';w,20,h')
    await at.broker.queue('q', [task('b')])
    expect(await at.redis.hmget('{pq:q}:s', 'I', 'H:w')).toEqual(['', null])
    expect((await settle(3, [], 20)).tasks.map(({ id }) => id)).toEqual(['b'])
  })
})
