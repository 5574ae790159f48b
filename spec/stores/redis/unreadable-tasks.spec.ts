import { FAILURE } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { task, useFixture } from './fixture.js'

const GARBAGE = ['no task', '5,', '5,,,x,4,0,0,9999', '\n', '']

describe('an unreadable value in Redis', () => {
  const at = useFixture()

  const claim = async (seq: number, max: number) =>
    (await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq }, [], max)).tasks

  it.each([0, 1])('is handed out with the others, which it keeps from nothing (delay %i)', async (delay) => {
    const names = Array.from({ length: 20 }, (_, i) => `task ${String(i)}`)
    await at.broker.queue(
      'q',
      names.map((id) => task(id, { delay })),
    )
    for (const [i, value] of GARBAGE.entries()) await at.redis.hset('{pq:q}:t', `task ${String(8 + i)}`, value)
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const claimed = []
    for (let seq = 1; claimed.length < 20 && seq < 1_000; seq++) claimed.push(...(await claim(seq, 20)))
    expect(claimed.map(({ id }) => id).sort()).toEqual(names.sort())
    // All of the value is its body, which the worker cannot decode: that is the reason that it records.
    expect(String(claimed.find(({ id }) => id === 'task 8')?.body)).toBe('no task')
  })

  it.each(GARBAGE)('ends like every other task: %j', async (value) => {
    await at.broker.queue('q', [task('a'), task('b')])
    await at.redis.hset('{pq:q}:t', 'a', value)
    expect((await at.broker.get('q', ['a'], 'inbox'))[0]?.header.id).toBe('a')
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const [a, b] = await claim(1, 2)
    if (!a || !b) throw new Error('both were ready')
    const retry = { kind: 'retry', task: a, delay: 0, outcome: '{}' } as const
    await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, [retry], 0)
    const [again] = await claim(3, 2)
    if (!again) throw new Error('it was queued again')
    const end = { kind: 'done', task: again, status: FAILURE, outcome: '{"e":1}', ttl: 1 } as const
    const { verdicts } = await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 4 }, [end], 0)
    expect(verdicts).toEqual(['recorded'])
    const [record] = await at.broker.get('q', ['a'])
    expect([record?.header.status, String(record?.outcome)]).toEqual([FAILURE, '{"e":1}'])
    expect(await at.broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 1 })
  })

  it.each(GARBAGE)('can be revoked, flushed, promoted and reclaimed: %j', async (value) => {
    const make = async (id: string, delay = 0): Promise<void> => {
      await at.broker.queue('q', [task(id, { delay })])
      await at.redis.hset('{pq:q}:t', id, value)
    }
    await make('revoked')
    expect(await at.broker.revoke('q', ['revoked'], '{}', 1)).toEqual([true])
    await make('flushed')
    expect(await at.broker.flush('q', 'operation')).toBe(1)
    await make('promoted', 60_000)
    expect(await at.broker.promote('q', ['promoted'])).toEqual([true])
    await at.holdAndDie('dead', 1, 1)
    expect(await at.broker.size('q')).toEqual({ ready: 1, delayed: 0, held: 0 })
  })

  it('is given once, whatever entries of earlier tasks of its id are left', async () => {
    for (let i = 0; i < 3; i++) {
      await at.broker.queue('q', [task('a', { checkDuplicate: true })])
      if (i < 2) await at.broker.revoke('q', ['a'], '{}', 1)
      await at.redis.del('none', ...(await at.redis.keys('{pq:q}:o*')))
    }
    await at.redis.hset('{pq:q}:t', 'a', 'no task')
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    expect([...(await claim(1, 1)), ...(await claim(2, 5))].map(({ id }) => id)).toEqual(['a'])
  })

  it('of another kind stops no verb: an entry, a lease, a lane, a holder, a counter', async () => {
    await at.broker.queue('q', [task('a'), task('b'), task('c')])
    await at.redis.lpush('{pq:q}:r4', 'no entry')
    await at.redis.hset('{pq:q}:s', 'N', 'many,x')
    await at.redis.hset('{pq:q}:s', 'F', 'x', 'D', 'x', 'P', 'x', 'E', 'x', 'I', 'x', 'S', 'x', 'U', 'x')
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    expect((await claim(1, 2)).map(({ id }) => id)).toEqual(['a', 'b'])
    const held = await at.redis.hget('{pq:q}:s', 'H:w')
    await at.redis.hset('{pq:q}:s', 'B:1', 'nobody', 'H:w', `${held ?? ''} 1:1 2:x y`)
    await at.redis.hset('{pq:q}:l', 'other', 'no lease')
    expect(await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 0 })).toMatchObject({
      condemned: [],
    })
    await at.redis.hset('{pq:q}:s', 'L:w:0', 'no lane')
    await expect(claim(2, 1)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
    await at.broker.leave('q', 'w')
    expect(await at.broker.revoke('q', ['b'], '{}', 1)).toEqual([true])
    await at.broker.queue('q', [task('d')])
    expect(await at.broker.size('q')).toEqual({ ready: 3, delayed: 0, held: 0 })
  })
})
