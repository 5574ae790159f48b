import type { ClaimedTask, Settlement } from 'pulsar-queue'
import { FAILURE, REVOKED, SUCCESS } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { resultSlot } from '../../../lib/stores/redis/layout/result-slots.js'
import { until } from '../../support/until.js'
import { done, task, useFixture } from './fixture.js'

const DAY = 86_400_000

describe('the layout of a queue in Redis', () => {
  const at = useFixture()
  let seq = 0

  const settle = async (settlements: readonly Settlement[], max: number) =>
    await at.broker.settle({ queue: 'q', worker: 'w', lane: 0, seq: ++seq }, settlements, max)

  const claim = async (max: number): Promise<readonly ClaimedTask[]> => (await settle([], max)).tasks

  const join = async (): Promise<void> => {
    await at.broker.join('q', { id: 'w', slots: 20, leaseTtl: 60_000 })
  }

  /** Fields of the state that begin with a letter. */
  const fields = async (letter: string): Promise<string[]> =>
    (await at.redis.hkeys('{pq:q}:s')).filter((field) => field.startsWith(`${letter}:`))

  const endOf = (claimed: ClaimedTask, more: object = {}): Settlement => ({ ...done(claimed), ...more })

  it('of the first version is refused, with what to do', async () => {
    await at.redis.sadd('pq:queues', 'q')
    await at.redis.hset('{pq:q}:meta', 'layout', '1')
    const refused = { code: 'PQ_LAYOUT_VERSION', found: '1', message: expect.stringMatching(/drain it/) as string }
    await expect(at.broker.queue('q', [task('a')])).rejects.toMatchObject(refused)
    await expect(at.broker.join('q', { id: 'w', slots: 1, leaseTtl: 1_000 })).rejects.toMatchObject(refused)
    await expect(at.broker.queues()).rejects.toMatchObject(refused)
  })

  it('has one lease record a claim, which lasts until its last task has ended, in whatever order they end', async () => {
    await at.broker.queue(
      'q',
      ['a', 'b', 'c', 'd'].map((id) => task(id)),
    )
    await join()
    const [a, b, c, d] = await claim(4)
    if (!a || !b || !c || !d) throw new Error('all were ready')
    expect(await fields('B')).toHaveLength(1)
    expect((await settle([endOf(c), endOf(a)], 0)).verdicts).toEqual(['recorded', 'recorded'])
    expect(await at.broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 2 })
    await at.broker.revoke('q', ['d'], '{}', 1)
    expect((await settle([endOf(b), endOf(d), endOf(a)], 0)).verdicts).toEqual(['recorded', 'stale', 'recorded'])
    expect([...(await fields('B')), ...(await fields('H'))]).toEqual([])
    const records = await at.broker.get('q', ['a', 'b', 'c', 'd'])
    expect(records.map((each) => each?.header.status)).toEqual([SUCCESS, SUCCESS, SUCCESS, REVOKED])
  })

  it('settles the whole of a batch place by place when one of its tasks was revoked meanwhile', async () => {
    await at.broker.queue('q', [task('a'), task('b')])
    await join()
    const tasks = await claim(2)
    await at.broker.revoke('q', ['a'], '{"e":"revoked"}', 1)
    const reply = await settle(
      tasks.map((each) => endOf(each)),
      0,
    )
    expect(reply.verdicts).toEqual(['stale', 'recorded'])
    const [a, b] = await at.broker.get('q', ['a', 'b'])
    expect([a?.header.status, String(a?.outcome), b?.header.status]).toEqual([REVOKED, '{"e":"revoked"}', SUCCESS])
    expect(await at.broker.stats('q')).toMatchObject({ queued: 2, succeeded: 1, revoked: 1 })
  })

  it('leases no left-over entry of a revoked task, and forgets the entry when it comes up', async () => {
    await at.broker.queue('q', [task('a'), task('b')])
    await at.broker.revoke('q', ['a'], '{}', 1)
    expect(await at.redis.hkeys('{pq:q}:z')).toEqual(['a'])
    await join()
    expect((await claim(2)).map(({ id }) => id)).toEqual(['b'])
    expect(await at.redis.exists('{pq:q}:z')).toBe(0)
    await at.broker.leave('q', 'w')
    expect(await at.broker.size('q')).toEqual({ ready: 1, delayed: 0, held: 0 })
  })

  it.each<[path: string, act: () => Promise<unknown>]>([
    ['delayed', async () => await at.broker.queue('q', [task('a', { priority: 7, delay: 1 })])],
    [
      'promoted',
      async () => {
        await at.broker.queue('q', [task('a', { priority: 7, delay: 60_000 })])
        await at.broker.promote('q', ['a'])
      },
    ],
    // Each claims more than there is, so that the priority is known to be empty.
    [
      'retried',
      async () => {
        await at.broker.queue('q', [task('a', { priority: 7 })])
        const [a] = await claim(5)
        if (a) await settle([{ kind: 'retry', task: a, delay: 0, outcome: '{}' }], 0)
      },
    ],
    [
      'released',
      async () => {
        await at.broker.queue('q', [task('a', { priority: 7 })])
        const [a] = await claim(5)
        if (a) await settle([{ kind: 'release', task: a, delay: 0 }], 0)
      },
    ],
    [
      'of a worker that left',
      async () => {
        await at.broker.queue('q', [task('a', { priority: 7 })])
        await at.broker.join('q', { id: 'other', slots: 1, leaseTtl: 60_000 })
        await at.broker.settle({ queue: 'q', worker: 'other', lane: 0, seq: 1 }, [], 5)
        await at.broker.leave('q', 'other')
      },
    ],
    [
      'reclaimed',
      async () => {
        await at.broker.queue('q', [task('a', { priority: 7 })])
        await at.holdAndDie('dead', 1, 5)
      },
    ],
    ['of a user’s id', async () => await at.broker.queue('q', [task('a', { priority: 7, checkDuplicate: true })])],
  ])('knows that a priority has tasks again, with a task that is %s', async (_path, act) => {
    await join()
    await at.broker.queue('q', [])
    expect(await claim(1)).toEqual([])
    await act()
    expect((await until('the task', async () => (await claim(1))[0])).priority).toBe(7)
  })

  it('keeps a record as long as was asked for, and not much longer', async () => {
    const now = 1_795_000_000_000
    for (const ttl of [0, 600_000, 3_600_000, DAY, 30 * DAY, 400 * DAY, 36_500 * DAY]) {
      const { name, expiry } = resultSlot(now, ttl)
      expect(name).toMatch(/^\d[0-9a-b]$/)
      const kept = Math.max(ttl, 600_000)
      expect(expiry - now).toBeGreaterThanOrEqual(kept)
      expect(expiry - now).toBeLessThanOrEqual(kept * 3)
    }
    // A slot is over before the ring comes to its name again.
    const expiries = new Map<string, number>()
    for (let time = now; time < now + DAY; time += 60_000) {
      const { name, expiry } = resultSlot(time, 2_400_000)
      const before = expiries.get(name)
      if (before !== undefined && before !== expiry) expect(before).toBeLessThan(time)
      expiries.set(name, expiry)
    }
  })

  it('finds records wherever they lie, also those of a slot that another process has begun', async () => {
    const other = await at.open()
    await at.broker.queue(
      'q',
      ['a', 'b', 'c'].map((id) => task(id)),
    )
    expect((await other.get('q', ['a']))[0]?.header.runs).toBe(0)
    await join()
    const tasks = await claim(3)
    const ttls = [1, 30 * DAY, 3 * 365 * DAY]
    await settle(
      tasks.map((each, i) => endOf(each, { ttl: ttls[i] })),
      0,
    )
    const statuses = (await other.get('q', ['a', 'b', 'c'])).map((each) => each?.header.status)
    expect(statuses).toEqual([SUCCESS, SUCCESS, SUCCESS])
    const slots = await at.redis.keys('{pq:q}:o*')
    expect(slots).toHaveLength(3)
    expect((await Promise.all(slots.map((slot) => at.redis.pttl(slot)))).every((left) => left > 590_000)).toBe(true)
    const again = await other.queue('q', [task('c', { checkDuplicate: true })])
    expect(again).toMatchObject([{ verdict: 'duplicate', record: { header: { status: SUCCESS } } }])
  })

  it('gives a slot its expiry again when the slot was deleted', async () => {
    await at.broker.queue('q', [task('a'), task('b')])
    await join()
    const [a, b] = await claim(2)
    if (!a || !b) throw new Error('both were ready')
    await settle([endOf(a)], 0)
    const [slot = ''] = await at.redis.keys('{pq:q}:o*')
    await at.redis.del(slot)
    await settle([endOf(b)], 0)
    expect(await at.redis.pttl(slot)).toBeGreaterThan(590_000)
  })

  it('lists the tasks that failed or were revoked by their ends, and no others', async () => {
    await at.broker.queue(
      'q',
      ['a', 'b', 'c'].map((id) => task(id)),
    )
    await at.broker.revoke('q', ['c'], '{}', 1)
    await join()
    const [a, b] = await claim(2)
    if (!a || !b) throw new Error('both were ready')
    await settle([endOf(a), endOf(b, { status: FAILURE })], 0)
    expect((await at.redis.zrange('{pq:q}:f', '0', '-1')).sort()).toEqual(['b', 'c'])
    expect(await at.broker.stats('q')).toMatchObject({ queued: 3, succeeded: 1, failed: 1, revoked: 1 })
  })

  it('tells an inbox that was added while a worker held the task', async () => {
    const ends: string[] = []
    await at.broker.openInbox('late', (notice) => {
      if (notice.kind === 'done') ends.push(...notice.tasks.map(({ id }) => id))
    })
    await at.broker.queue('q', [task('a'), task('b')])
    await join()
    const tasks = await claim(2)
    await at.broker.get('q', ['a'], 'late')
    await at.broker.queue('q', [task('b', { checkDuplicate: true, inbox: 'late' })])
    await settle(
      tasks.map((each) => endOf(each)),
      0,
    )
    await until('the ends', () => (ends.length === 2 ? true : undefined))
    expect(ends.sort()).toEqual(['a', 'b'])
    expect(await at.redis.exists('{pq:q}:i')).toBe(0)
  })

  it('is forgotten when it was empty, without workers and unused for a week, and not before', async () => {
    const reclaim = async () => await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 1 })
    await at.broker.queue('q', [task('a')])
    await join()
    await settle(
      (await claim(1)).map((each) => endOf(each)),
      0,
    )
    await at.broker.leave('q', 'w')
    const age = async (ms: number): Promise<void> => {
      await at.redis.hset('{pq:q}:s', 'F', String((Date.now() - ms) * 1_000))
      await at.redis.hset('pq:queues', 'q', `0,1,1,${String(Date.now() - ms)}`)
      await reclaim()
    }
    await age(8 * DAY)
    // Its record is still there.
    expect(await at.broker.queues()).toEqual(['q'])
    await at.redis.hset('{pq:q}:s', 'S', '')
    await age(6 * DAY)
    expect(await at.broker.queues()).toEqual(['q'])
    await age(8 * DAY)
    expect(await at.broker.queues()).toEqual([])
    await at.broker.queue('q', [task('b')])
    expect(await at.broker.queues()).toEqual(['q'])
  })

  it('leaves no key of one that is forgotten when a worker still goes through it', async () => {
    await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 1 })
    expect(await at.redis.keys('{pq:q}:*')).toEqual([])
  })

  it('is forgotten with the entries of revoked tasks: an id that comes again is leased once', async () => {
    await at.broker.queue('q', [task('mine', { checkDuplicate: true })])
    await at.broker.revoke('q', ['mine'], '{}', 1)
    await at.redis.hset('{pq:q}:s', { F: '1', S: '' })
    await at.redis.hset('pq:queues', 'q', `0,1,1,${String(Date.now() - 8 * DAY)}`)
    await at.broker.reclaim('q', { crashCap: 3, outcome: '{}', ttl: 1, grace: 1 })
    expect(await at.broker.queues()).toEqual([])
    for (const slot of await at.redis.keys('{pq:q}:o*')) await at.redis.del(slot)
    expect(await at.redis.keys('{pq:q}:*')).toEqual([])
    await at.broker.queue('q', [task('mine', { checkDuplicate: true })])
    await join()
    expect((await claim(5)).map(({ id }) => id)).toEqual(['mine'])
  })
})
