import { FAILURE } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { LAYOUT, queueKeys } from '../../../lib/stores/redis/layout/keys.js'
import { Script } from '../../../lib/stores/redis/scripts/script.js'
import { done, task, useFixture } from './fixture.js'

const GARBAGE = ['no task', '5,', '5,4,1,,0,0,9999', '\n', '']

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
    for (const [i, value] of GARBAGE.entries()) await at.redis.hset('{pq:q}:task', `task ${String(8 + i)}`, value)
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const claimed = []
    for (let seq = 1; claimed.length < 20 && seq < 1_000; seq++) claimed.push(...(await claim(seq, 20)))
    expect(claimed.map(({ id }) => id).sort()).toEqual(names.sort())
    // All of the value is its body, which the worker cannot decode: that is the reason that it records.
    expect(String(claimed.find(({ id }) => id === 'task 8')?.body)).toBe('no task')
  })

  it.each(GARBAGE)('ends like every other task: %j', async (value) => {
    await at.broker.queue('q', [task('a'), task('b')])
    await at.redis.hset('{pq:q}:task', 'a', value)
    expect((await at.broker.get('q', ['a'], 'inbox'))[0]?.header.id).toBe('a')
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const [a, b] = await claim(1, 2)
    if (!a || !b) throw new Error('both were ready')
    const retry = { kind: 'retry', id: 'a', fence: a.fence, delay: 0, outcome: '{}' } as const
    await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, [retry], 0)
    const [again] = await claim(3, 2)
    if (!again) throw new Error('it was queued again')
    const end = { kind: 'done', id: 'a', fence: again.fence, status: FAILURE, outcome: '{"e":1}', ttl: 1 } as const
    const { verdicts } = await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 4 }, [end], 0)
    expect(verdicts).toEqual(['recorded'])
    const [record] = await at.broker.get('q', ['a'])
    expect([record?.header.status, String(record?.outcome)]).toEqual([FAILURE, '{"e":1}'])
    expect(await at.broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 1 })
  })

  it.each(GARBAGE)('can be revoked, flushed, promoted and reclaimed: %j', async (value) => {
    const make = async (id: string, delay = 0): Promise<void> => {
      await at.broker.queue('q', [task(id, { delay })])
      await at.redis.hset('{pq:q}:task', id, value)
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
      await at.broker.queue('q', [task('a')])
      if (i < 2) await at.broker.revoke('q', ['a'], '{}', 1)
      await at.redis.del('{pq:q}:done:a')
    }
    await at.redis.hset('{pq:q}:task', 'a', 'no task')
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    expect([...(await claim(1, 1)), ...(await claim(2, 5))].map(({ id }) => id)).toEqual(['a'])
  })

  it.each(['nobody', '7,7,a worker that nobody knows', ''])(
    'of a holder returns its task to the queue, and no crash counts: %j',
    async (row) => {
      await at.broker.queue('q', [task('a'), task('b')])
      await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
      await claim(1, 2)
      await at.redis.hset('{pq:q}:held', 'a', row)
      const reply = await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 0 })
      expect(reply).toMatchObject({ condemned: [], requeued: 1, failed: [], more: false })
      expect(await at.broker.size('q')).toEqual({ ready: 1, delayed: 0, held: 1 })
      expect((await claim(2, 2)).map(({ id, crashes, run }) => [id, crashes, run])).toEqual([['a', 0, 1]])
    },
  )

  it('of another kind stops no verb: an entry, a lease, a lane, a holder, a counter', async () => {
    await at.broker.queue('q', [task('a'), task('b'), task('c')])
    await at.redis.lpush('{pq:q}:ready:4', 'no entry')
    await at.redis.hset('{pq:q}:stats', 'queued', 'many')
    await at.redis.hset('{pq:q}:meta', 'fence', 'x', 'generation', 'x')
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    expect((await claim(1, 2)).map(({ id }) => id)).toEqual(['a', 'b'])
    await at.redis.hset('{pq:q}:held', 'b', 'nobody')
    await at.redis.hset('{pq:q}:leases', 'other', 'no lease')
    expect(await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 0 })).toMatchObject({
      condemned: [],
    })
    await at.redis.hset('{pq:q}:lanes', 'w:0', 'no lane')
    await expect(claim(2, 1)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
    await at.broker.leave('q', 'w')
    expect((await at.broker.get('q', ['b']))[0]?.header).toMatchObject({ startedAt: 0, worker: null })
    expect(await at.broker.revoke('q', ['b'], '{}', 1)).toEqual([true])
    await at.broker.queue('q', [task('d')])
    expect(await at.broker.size('q')).toEqual({ ready: 3, delayed: 0, held: 0 })
  })

  it.each(['task', 'held', 'delayed', 'ready:4', 'workers', 'leases', 'lanes', 'idle', 'stats'])(
    'is a key of the wrong type, %s: the error of its queue names it, and other queues go on',
    async (name) => {
      await at.broker.queue('q', [task('a')])
      await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
      await claim(1, 1)
      const key = `{pq:q}:${name}`
      await at.redis.del(key)
      await at.redis.set(key, 'x')
      const refused = (act: Promise<unknown>) =>
        act.then(
          () => null,
          (error: unknown) => error,
        )
      const errors = [
        await refused(at.broker.queue('q', [task('b')])),
        await refused(at.broker.queue('q', [task('c', { delay: 1_000 })])),
        await refused(claim(2, 1)),
        await refused(at.broker.renew('q', 'w')),
        await refused(at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 0 })),
        await refused(at.broker.stats('q')),
        await refused(at.broker.leave('q', 'w')),
      ].filter((error) => error !== null)
      expect(errors.length).toBeGreaterThan(0)
      for (const error of errors) expect(error).toMatchObject({ code: 'PQ_KEY_TYPE', key, received: 'string' })
      expect(await at.broker.queue('other', [task('a')])).toMatchObject([{ verdict: 'queued' }])
    },
  )

  it.each(['done', 'retry', 'release'] as const)(
    'is missing: the %s of a task whose live value is gone is unknown, and what is beside it is settled',
    async (kind) => {
      await at.broker.queue('q', [task('a'), task('b'), task('c')])
      await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
      const [a, b] = await claim(1, 2)
      if (!a || !b) throw new Error('both were ready')
      await at.redis.hdel('{pq:q}:task', 'a')
      const outcomes = { outcome: '{}', ttl: 1, status: FAILURE, delay: 0 } as const
      const settle = (seq: number) =>
        at.broker.settle(
          { queue: 'q', worker: 'w', lane: 0, seq },
          [{ ...outcomes, kind, id: 'a', fence: a.fence }, done(b)],
          1,
        )
      const { verdicts, tasks } = await settle(2)
      expect(verdicts).toEqual(['unknown', 'recorded'])
      expect(tasks.map(({ id }) => id)).toEqual(['c'])
      await at.redis.hdel('{pq:q}:task', 'c')
      expect(await settle(2)).toMatchObject({ verdicts: ['unknown', 'recorded'], tasks: [] })
      expect((await settle(3)).verdicts).toEqual(['unknown', 'recorded'])
      expect(await at.redis.hkeys('{pq:q}:held')).toEqual(['c'])
    },
  )

  it('is missing: a task at its last crash does not stop the reclaimer', async () => {
    await at.broker.queue('q', [task('a')])
    await at.broker.join('q', { id: 'w', slots: 1, leaseTtl: 1 })
    await claim(1, 1)
    const reclaim = Script.named('queue/reclaim-failed')
    await at.redis.hset('{pq:q}:leases', 'w', '1,1,-1')
    await at.redis.hdel('{pq:q}:task', 'a')
    const { keys, args } = reclaim.call(queueKeys('pq', 'q'), {
      args: { layout: LAYOUT, channels: 'pq:', queue: 'q', outcome: '{}', ttl: 1 },
      list: ['a'],
      keys: ['{pq:q}:done:a'],
    })
    expect(await at.redis.eval(reclaim.source, keys.length, ...keys, '9999999999999', ...args.map(String))).toBe(0)
    expect(await at.redis.hlen('{pq:q}:held')).toBe(0)
  })

  const spoil = async (name: string): Promise<() => Promise<void>> => {
    const [key, kept] = [`{pq:q}:${name}`, `{pq:q}:kept`]
    const wasThere = (await at.redis.exists(key)) === 1
    if (wasThere) await at.redis.rename(key, kept)
    await at.redis.set(key, 'x')
    return async () => {
      if (wasThere) await at.redis.rename(kept, key)
      else await at.redis.del(key)
    }
  }

  const idsOf = (tasks: readonly { readonly id: string }[]) => tasks.map(({ id }) => id).sort()

  it.each(['held', 'idle', 'delayed', 'ready:0', 'ready:4', 'ready:9'])(
    'of the type of %s, for a while, loses no task that a verb was about to move',
    async (name) => {
      await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
      const ready = [task('a', { priority: 9 }), task('b'), task('c')]
      await at.broker.queue('q', [...ready, task('d', { delay: 1 }), task('e', { delay: 60_000 })])
      const first = await claim(1, 3)
      const mend = await spoil(name)
      const settled = [
        { kind: 'retry', id: 'a', fence: first[0]?.fence ?? 0, delay: 0, outcome: '{}' },
        { kind: 'release', id: 'b', fence: first[1]?.fence ?? 0, delay: 0 },
      ] as const
      const refusals = [
        claim(2, 20),
        at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 3 }, settled, 20),
        at.broker.promote('q', ['e']),
        at.broker.queue('q', [task('f', { priority: 9 }), task('g', { priority: 0 }), task('h', { delay: 1 })]),
        at.broker.tick('q', { job: 'j', expected: null, at: 1, schedule: 's', task: task('i') }),
      ].map((each) => each.then(() => null).catch((error: unknown) => error))
      for (const error of await Promise.all(refusals))
        if (error !== null) expect(error).toMatchObject({ code: 'PQ_KEY_TYPE' })
      await mend()
      await at.broker.queue('q', [task('f', { priority: 9 }), task('g', { priority: 0 }), task('h', { delay: 1 })])
      await at.broker.tick('q', { job: 'j', expected: null, at: 1, schedule: 's', task: task('i') })
      await at.broker.promote('q', ['e'])
      await at.broker.leave('q', 'w')
      await at.broker.join('q', { id: 'next', slots: 20, leaseTtl: 10_000 })
      const given: string[] = []
      for (let seq = 1; given.length < 9; seq++) {
        const { tasks } = await at.broker.settle({ queue: 'q', worker: 'next', lane: 0, seq }, [], 20)
        given.push(...idsOf(tasks))
      }
      expect(given.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])
    },
  )

  it('of the type of idle: tasks are queued, and what is settled beside a claim that is refused is settled', async () => {
    await at.broker.queue('q', [task('a'), task('b')])
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const [a] = await claim(1, 1)
    if (!a) throw new Error('it was ready')
    await spoil('idle')
    expect(await at.broker.queue('q', [task('c')])).toMatchObject([{ verdict: 'queued' }])
    const reply = await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, [done(a)], 5)
    expect(reply).toMatchObject({ verdicts: ['recorded'], tasks: [], nextDue: 0 })
    await expect(claim(3, 5)).rejects.toMatchObject({ code: 'PQ_KEY_TYPE', key: '{pq:q}:idle' })
  })

  it('is a record of the wrong type: its task ends all the same, and so do those beside it', async () => {
    await at.broker.queue('q', [task('a'), task('b')])
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const [a, b] = await claim(1, 2)
    if (!a || !b) throw new Error('both were ready')
    await at.redis.hset('{pq:q}:done:a', 'x', 'y')
    await at.redis.hset('{pq:q}:done:none', 'x', 'y')
    expect((await at.broker.get('q', ['none', 'b'])).map((record) => record?.header.id)).toEqual([undefined, 'b'])
    expect(await at.broker.revoke('q', ['none', 'b'], '{}', 1)).toEqual([false, true])
    const { verdicts } = await at.broker.settle(
      { queue: 'q', worker: 'w', lane: 0, seq: 2 },
      [{ ...done(a), id: 'none' }, done(a)],
      0,
    )
    expect(verdicts).toEqual(['unknown', 'recorded'])
    expect((await at.broker.get('q', ['a']))[0]?.header.id).toBe('a')
  })
})
