import type { ClaimedTask } from 'pulsar-queue'
import { FAILURE } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { done, task, useFixture } from './fixture.js'

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

  it.each<[string, (batch: Buffer) => Buffer]>([
    ['cannot be read', () => Buffer.from('no batch')],
    ['is empty', () => Buffer.alloc(0)],
    [
      'is that of a worker that nobody knows',
      (batch) => Buffer.from(batch.toString('latin1').replace('\xa1w', '\xa1v'), 'latin1'),
    ],
  ])('of a holder returns its tasks to the queue, and no crash counts: it %s', async (_, spoiled) => {
    await at.broker.queue('q', [task('a'), task('b')])
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    await claim(1, 2)
    const field = (await at.redis.hkeys('{pq:q}:s')).find((each) => each.startsWith('B:')) ?? ''
    const batch = (await at.redis.hgetBuffer('{pq:q}:s', field)) ?? Buffer.alloc(0)
    await at.redis.hset('{pq:q}:s', field, spoiled(batch))
    const reply = await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 0 })
    expect(reply).toMatchObject({ condemned: [], requeued: 2, failed: [], more: false })
    expect(await at.broker.size('q')).toEqual({ ready: 2, delayed: 0, held: 0 })
    const again = await claim(2, 2)
    expect(again.map(({ id, crashes, run }) => [id, crashes, run]).sort()).toEqual([
      ['a', 0, 1],
      ['b', 0, 1],
    ])
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
    expect((await at.broker.get('q', ['b']))[0]?.header).toMatchObject({ startedAt: 0, worker: null })
    expect(await at.broker.revoke('q', ['b'], '{}', 1)).toEqual([true])
    await at.broker.queue('q', [task('d')])
    expect(await at.broker.size('q')).toEqual({ ready: 3, delayed: 0, held: 0 })
  })

  it.each(['s', 't', 'd', 'r4', 'w', 'l', 'k', 'x'])(
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

  // Who ends or retries a task has a copy of it, so that nothing is lost.
  it.each([
    ['done', 'recorded'],
    ['retry', 'recorded'],
    ['release', 'unknown'],
  ] as const)(
    'is missing: the %s of a task whose live value is gone is %s, and what is beside it is settled',
    async (kind, verdict) => {
      await at.broker.queue('q', [task('a'), task('b'), task('c')])
      await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
      const [a, b] = await claim(1, 2)
      if (!a || !b) throw new Error('both were ready')
      await at.redis.hdel('{pq:q}:t', 'a')
      const outcomes = { outcome: '{}', ttl: 1, status: FAILURE, delay: 60_000 } as const
      const released = { kind: 'release', task: a, delay: 0 } as const
      const first = kind === 'release' ? released : { ...outcomes, kind, task: a }
      const settle = (seq: number) => at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq }, [first, done(b)], 1)
      const { verdicts, tasks } = await settle(2)
      expect(verdicts).toEqual([verdict, 'recorded'])
      expect(tasks.map(({ id }) => id)).toEqual(['c'])
      await at.redis.hdel('{pq:q}:t', 'c')
      expect(await settle(2)).toMatchObject({ verdicts: [verdict, 'recorded'], tasks: [] })
      expect(await at.broker.size('q')).toMatchObject({ ready: 0, held: 1 })
    },
  )

  it('is missing: a task of a dead worker does not stop the reclaimer', async () => {
    await at.broker.queue('q', [task('a'), task('b')])
    await at.broker.join('q', { id: 'w', slots: 2, leaseTtl: 1 })
    await claim(1, 2)
    await at.redis.hdel('{pq:q}:t', 'a')
    await until('the worker to be condemned', async () => {
      const { condemned } = await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 1 })
      return condemned.length > 0 ? true : undefined
    })
    expect(await at.broker.size('q')).toEqual({ ready: 1, delayed: 0, held: 0 })
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

  it.each(['s', 't', 'd', 'r0', 'r4', 'r9'])(
    'of the type of %s, for a while, loses no task that a verb was about to move',
    async (name) => {
      await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
      const ready = [task('a', { priority: 9 }), task('b'), task('c')]
      await at.broker.queue('q', [...ready, task('d', { delay: 1 }), task('e', { delay: 60_000 })])
      const first = await claim(1, 3)
      const mend = await spoil(name)
      const [a, b] = first
      if (!a || !b) throw new Error('three were ready')
      const settled = [
        { kind: 'retry', task: a, delay: 0, outcome: '{}' },
        { kind: 'release', task: b, delay: 0 },
      ] as const
      const more = [task('f', { priority: 9 }), task('g', { priority: 0 }), task('h', { delay: 1 })].map((each) => ({
        ...each,
        checkDuplicate: true,
      }))
      const refusals = [
        claim(2, 20),
        at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 3 }, settled, 20),
        at.broker.promote('q', ['e']),
        at.broker.queue('q', more),
        at.broker.tick('q', { job: 'j', expected: null, at: 1, schedule: 's', operation: 'one', task: task('i') }),
      ].map((each) => each.then(() => null).catch((error: unknown) => error))
      for (const error of await Promise.all(refusals))
        if (error !== null) expect(error).toMatchObject({ code: 'PQ_KEY_TYPE' })
      await mend()
      await at.broker.queue('q', more)
      await at.broker.tick('q', { job: 'j', expected: null, at: 1, schedule: 's', operation: 'one', task: task('i') })
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

  it.each([
    ['r4', 0],
    ['d', 60_000],
  ])('of the type of %s stores none of the tasks that are queued there', async (name, delay) => {
    await at.broker.queue('q', [task('first', { delay })])
    const mend = await spoil(name)
    const both = [task('a', { delay }), task('b', { delay })]
    await expect(at.broker.queue('q', both)).rejects.toMatchObject({ code: 'PQ_KEY_TYPE', key: `{pq:q}:${name}` })
    expect(await at.redis.hkeys('{pq:q}:t')).toEqual(['first'])
    await mend()
    expect(await at.broker.get('q', ['a', 'b'])).toEqual([null, null])
  })

  it('of the type of a list: tasks beside those that were handed over wait until the list can be used', async () => {
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const handed: string[] = []
    await at.broker.openWorker('q', 'w', (notice) => {
      if (notice.kind === 'handed') handed.push(...notice.tasks.map(({ id }) => id))
    })
    await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 1, handOff: 0 }, [], 1)
    const mend = await spoil('r4')
    await at.broker.queue('q', [task('a'), task('b'), task('c')])
    await until('the hand-off', () => (handed.length > 0 ? true : undefined))
    expect(handed).toEqual(['a'])
    await mend()
    expect((await claim(2, 5)).map(({ id }) => id).sort()).toEqual(['b', 'c'])
  })

  it.each(['r4', 't'])(
    'of the type of %s: a claim that cannot be finished leaves each list as it was',
    async (name) => {
      await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
      const high = ['a', 'b', 'c'].map((id) => task(id, { priority: 9 }))
      await at.broker.queue('q', [...high, task('d'), task('e')])
      const mend = await spoil(name)
      await expect(claim(1, 20)).rejects.toMatchObject({ code: 'PQ_KEY_TYPE', key: `{pq:q}:${name}` })
      expect(await at.redis.lrange('{pq:q}:r9', 0, -1)).toEqual(['a', 'b', 'c'])
      await mend()
      expect((await claim(2, 20)).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
    },
  )

  it('of the type of a list: what is settled beside a claim that is refused is settled', async () => {
    await at.broker.queue('q', [task('a'), task('b')])
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const [a] = await claim(1, 1)
    if (!a) throw new Error('it was ready')
    await spoil('r4')
    const reply = await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: 2 }, [done(a)], 5)
    expect(reply).toMatchObject({ verdicts: ['recorded'], tasks: [], nextDue: 0 })
    await expect(claim(3, 5)).rejects.toMatchObject({ code: 'PQ_KEY_TYPE', key: '{pq:q}:r4' })
  })

  it('of the type of a slot of records: it has none, and tasks end all the same', async () => {
    await at.broker.queue('q', [task('a'), task('b'), task('c')])
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 10_000 })
    const [a, , c] = await claim(1, 3)
    if (!a || !c) throw new Error('three were ready')
    const settle = async (seq: number, claimed: ClaimedTask) =>
      (await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq }, [done(claimed)], 0)).verdicts
    expect(await settle(2, c)).toEqual(['recorded'])
    const [slot = ''] = await at.redis.keys('{pq:q}:o*')
    await at.redis.del(slot)
    await at.redis.set(slot, 'x')
    expect((await at.broker.get('q', ['c', 'b'])).map((record) => record?.header.id)).toEqual([undefined, 'b'])
    expect(await at.broker.revoke('q', ['c', 'b'], '{}', 1)).toEqual([false, true])
    expect(await settle(3, a)).toEqual(['recorded'])
    expect((await at.broker.get('q', ['a']))[0]?.header.id).toBe('a')
    expect(await at.redis.pttl(slot)).toBeGreaterThan(0)
  })
})
