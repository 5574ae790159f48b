import { Redis } from 'ioredis'
import type { AdoptReply, ClaimedTask, Settlement } from 'pulsar-queue'
import { FAILURE, QUEUED, RETRY, REVOKED, STARTED, SUCCESS } from 'pulsar-queue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RedisBroker } from '../../../lib/stores/redis/redis-broker.js'
import type { RedisServer } from '../../support/redis-server.js'
import { startRedisServer } from '../../support/redis-server.js'
import { until } from '../../support/until.js'
import { done, first, ids, RECLAIM, release, retry, task, TestWorker } from '../conformance/test-worker.js'
import { CAN_FORGET, Past } from './past.js'

const LONG = 600_000

describe('a Redis that has forgotten what it acknowledged', () => {
  let server: RedisServer
  let redis: Redis
  const opened: RedisBroker[] = []

  const open = async (): Promise<RedisBroker> => {
    const broker = new RedisBroker(server.url)
    opened.push(broker)
    await broker.connect()
    return broker
  }
  const worker = async (slots = 10, leaseTtl = LONG): Promise<TestWorker> =>
    await new TestWorker(await open(), 'q').join(slots, leaseTtl)

  /** Tells the store what a worker has, as it does after a change. */
  const adopt = async ({ broker, id }: TestWorker, tasks: readonly ClaimedTask[], ttl = LONG): Promise<AdoptReply> => {
    const topFence = Math.max(0, ...tasks.map(({ fence }) => fence))
    return await broker.adopt('q', id, { slots: 10, ttl, topFence, tasks })
  }

  /** Ends the time in which nothing is claimed, and that in which nobody is taken for dead. */
  const endQuiet = async (): Promise<void> => {
    const [name, since = '0', ttl] = ((await redis.hget('{pq:q}:s', 'A')) ?? '').split(',')
    if (since !== '')
      await redis.hset('{pq:q}:s', 'A', `${String(name)},${String(Number(since) - 2_000)},${String(ttl)}`)
  }

  /** What a fresh worker gets of the queue. */
  const rest = async (): Promise<string[]> => {
    await endQuiet()
    const fresh = await worker()
    await endQuiet()
    return ids(await fresh.claim(100))
  }

  const statusOf = async (...wanted: string[]): Promise<(number | undefined)[]> =>
    (await (await open()).get('q', wanted)).map((record) => record?.header.status)

  beforeEach(async () => {
    server = await startRedisServer(CAN_FORGET)
    redis = new Redis(server.port, '127.0.0.1')
  })

  afterEach(async () => {
    for (const broker of opened.splice(0)) await broker.close()
    redis.disconnect()
    await server.stop()
  })

  it('records a lost end again, and gives nothing out twice', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a'), task('b')])
    const [a, b] = (await one.claim(2)) as [ClaimedTask, ClaimedTask]
    const past = await Past.of(redis)
    await one.settle([done(a)], 0)
    await past.giveBack()
    // Held still, though the worker does not run it any more.
    expect(await statusOf('a', 'b')).toEqual([STARTED, STARTED])
    expect((await adopt(one, [a, b])).verdicts).toEqual(['held', 'held'])
    one.seq = 0
    expect((await one.settle([done(a)], 0)).verdicts).toEqual(['recorded'])
    expect(await rest()).toEqual([])
    expect((await one.settle([done(b)], 0)).verdicts).toEqual(['recorded'])
    expect(await statusOf('a', 'b')).toEqual([SUCCESS, SUCCESS])
    expect((await one.broker.stats('q')).succeeded).toBe(2)
  })

  it('keeps the time at which a run has ended, however much later its end is recorded again', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a'), task('b')])
    const [a, b] = (await one.claim(2)) as [ClaimedTask, ClaimedTask]
    const past = await Past.of(redis)
    const ends = [done(a), done(b, { status: FAILURE })]
    const endedAt = async (): Promise<(number | undefined)[]> =>
      (await one.broker.get('q', ['a', 'b'])).map((record) => record?.header.endedAt)
    await one.settle(ends, 0)
    const before = await endedAt()
    const forgottenAt = Date.now()
    await past.giveBack()
    await adopt(one, [a, b])
    await until('time to pass', () => (Date.now() > forgottenAt + 50 ? true : undefined))
    one.seq = 0
    expect((await one.settle(ends, 0)).verdicts).toEqual(['recorded', 'recorded'])
    expect(await endedAt()).toEqual(before)
    expect(await one.broker.stats('q')).toMatchObject({ succeeded: 1, failed: 1 })
  })

  it('gives a lost claim back under its fence, and drops the entries of its tasks in the list', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a'), task('b'), task('c'), task('late', { delay: 3_600_000 })])
    const past = await Past.of(redis)
    const claimed = await one.claim(2)
    await one.broker.promote('q', ['late'])
    const late = first(await one.claim(1))
    await past.giveBack()
    expect(await statusOf('a', 'b', 'late')).toEqual([QUEUED, QUEUED, QUEUED])
    expect(await adopt(one, [...claimed, late])).toMatchObject({ lease: 'held', verdicts: ['held', 'held', 'held'] })
    expect(await one.broker.held('q', one.id, claimed)).toEqual([true, true])
    expect(await one.broker.size('q')).toEqual({ ready: 1, delayed: 0, held: 3 })
    expect(await rest()).toEqual(['c'])
    // Then the entry that comes first counts, whichever it is.
    one.seq = 0
    const [a, b] = claimed as [ClaimedTask, ClaimedTask]
    await one.settle([retry(a), release(b), done(late)], 0)
    const fresh = await worker()
    expect(ids(await fresh.claim(100)).sort()).toEqual(['a', 'b'])
    expect(await fresh.claim(100)).toEqual([])
    expect(await redis.exists('{pq:q}:z')).toBe(0)
  })

  it('puts a task whose end was forgotten, with its claim, back to its worker alone', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a'), task('b')])
    const past = await Past.of(redis)
    const [a, b] = (await one.claim(2)) as [ClaimedTask, ClaimedTask]
    await one.settle([done(a), retry(b, 1)], 0)
    await past.giveBack()
    expect((await adopt(one, [a, b])).verdicts).toEqual(['held', 'held'])
    one.seq = 0
    expect((await one.settle([done(a), retry(b)], 0)).verdicts).toEqual(['recorded', 'recorded'])
    expect(await statusOf('a', 'b')).toEqual([SUCCESS, RETRY])
    expect(await rest()).toEqual(['b'])
  })

  it('takes a lost tick once more, and queues no second task where a worker has the first one', async () => {
    const one = await worker()
    const at = Date.now()
    const tick = async (operation: string) =>
      await one.broker.tick('q', { job: 'j', expected: null, at, task: task('tick'), operation, schedule: 's' })
    const past = await Past.of(redis)
    expect(await tick('first')).toMatchObject({ queued: true, last: at })
    const claimed = await one.claim(1)
    await past.giveBack()
    expect((await adopt(one, claimed)).verdicts).toEqual(['held'])
    expect((await tick('second')).last).toBe(at)
    expect(await one.broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 1 })
    expect((await one.broker.lastTicks('q', ['j'])).last).toMatchObject([{ at }])
  })

  it('forgets a revocation: the task goes back to its queue, unless it was over before', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a'), task('waits')])
    await one.claim(1)
    const past = await Past.of(redis)
    expect(await one.broker.revoke('q', ['a', 'waits'], '{}', LONG)).toEqual([true, true])
    await past.giveBack()
    // Its run was aborted, so its worker does not have it.
    await adopt(one, [])
    expect(await statusOf('a', 'waits')).toEqual([QUEUED, QUEUED])
    expect(await one.broker.revoke('q', ['a'], '{}', LONG)).toEqual([true])
    expect(await rest()).toEqual(['waits'])
  })

  it('gets tasks that it has never seen from their worker, even where it holds nothing at all', async () => {
    const empty = await Past.of(redis)
    const one = await worker()
    await one.broker.queue('q', [task('a', { body: '{"whole":"ä"}' }), task('b')])
    const claimed = await one.claim(2)
    await one.settle([done(first(claimed))], 0)
    await empty.giveBack()
    expect(await adopt(one, claimed)).toMatchObject({ lease: 'held', verdicts: ['held', 'held'] })
    one.seq = 0
    expect((await one.settle([done(first(claimed))], 0)).verdicts).toEqual(['recorded'])
    const [record] = await one.broker.get('q', ['a'])
    expect([record?.header.status, String(record?.body)]).toEqual([SUCCESS, '{"whole":"ä"}'])
    expect(await one.broker.queues()).toEqual(['q'])
    expect(await rest()).toEqual([])
    await one.broker.leave('q', one.id)
    expect(await rest()).toEqual(['b'])
  })

  it('takes back what it thinks that a worker holds, and no run counts', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a'), task('b'), task('c')])
    const [a] = (await one.claim(2)) as [ClaimedTask, ClaimedTask]
    const past = await Past.of(redis)
    await past.giveBack()
    expect((await adopt(one, [a])).verdicts).toEqual(['held'])
    expect(await rest()).toEqual(['b', 'c'])
    const [record] = await one.broker.get('q', ['b'])
    expect([record?.header.runs, record?.header.crashes]).toEqual([1, 0])
  })

  it('lists an adopted task once where its worker leaves, or releases it, before the turn of its entry comes', async () => {
    for (const end of ['leave', 'release'] as const) {
      const one = await worker()
      await one.broker.queue('q', [task('a'), task('b')])
      const past = await Past.of(redis)
      const a = first(await one.claim(1))
      await past.giveBack()
      expect((await adopt(one, [a])).verdicts).toEqual(['held'])
      one.seq = 0
      if (end === 'leave') await one.broker.leave('q', one.id)
      else await one.settle([release(a)], 0)
      expect(await redis.lrange('{pq:q}:r4', 0, -1)).toEqual(['a', 'b'])
      expect(await redis.exists('{pq:q}:z')).toBe(0)
      expect(await one.broker.size('q')).toEqual({ ready: 2, delayed: 0, held: 0 })
      expect(await rest()).toEqual(['a', 'b'])
      await redis.flushall()
    }
  })

  it('says what is over, and what another worker holds under a later fence', async () => {
    const one = await worker()
    const two = await worker()
    await one.broker.queue('q', [task('a'), task('b'), task('c'), task('d')])
    const [a, b, c] = (await one.claim(3)) as [ClaimedTask, ClaimedTask, ClaimedTask]
    await one.broker.revoke('q', ['a'], '{}', LONG)
    await one.settle([retry(c)], 0)
    await one.broker.leave('q', one.id)
    await two.claim(3)
    const past = await Past.of(redis)
    await past.giveBack()
    const back = await adopt(one, [a, b, c])
    expect(back.verdicts).toEqual(['over', 'stale', 'over'])
    expect(await statusOf('a', 'b')).toEqual([REVOKED, STARTED])
  })

  it('lets the later of two claims win, whoever adopts first', async () => {
    for (const earlierFirst of [true, false]) {
      const [one, two] = [await worker(), await worker()]
      await one.broker.queue('q', [task('a')])
      const past = await Past.of(redis)
      const earlier = first(await one.claim(1))
      await one.settle([retry(earlier)], 0)
      const later = first(await two.claim(1))
      expect(later.run).toBe(2)
      await past.giveBack()
      const both = [async () => await adopt(one, [earlier]), async () => await adopt(two, [later])]
      for (const each of earlierFirst ? both : both.reverse()) await each()
      one.seq = two.seq = 0
      expect((await one.settle([retry(earlier)], 0)).verdicts).toEqual(['stale'])
      expect((await two.settle([done(later)], 0)).verdicts).toEqual(['recorded'])
      expect((await one.broker.get('q', ['a']))[0]?.header.runs).toBe(2)
      await redis.flushall()
    }
  })

  it('forgets a join: the lease is made again, unless the worker was condemned', async () => {
    const before = await worker()
    const past = await Past.of(redis)
    const one = await worker()
    await past.giveBack()
    await until('the change', async () => {
      await one.broker.history.ask('q')
      return one.broker.history.isOver(one.id) ? true : undefined
    })
    expect((await adopt(one, [])).lease).toBe('held')
    expect(await one.broker.renew('q', one.id)).toBe('held')
    const dead = await worker(1, 1)
    await endQuiet()
    await redis.hset('{pq:q}:s', 'A', 'x,1,1')
    await until('it to be condemned', async () =>
      (await before.broker.reclaim('q', RECLAIM)).condemned.includes(dead.id) ? true : undefined,
    )
    await (await Past.of(redis)).giveBack()
    expect(await adopt(dead, [])).toMatchObject({ lease: 'lost', verdicts: [] })
  })

  it('does not count a join of the same worker as told: it has to adopt what it holds first', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a')])
    const past = await Past.of(redis)
    const claimed = first(await one.claim(1))
    await past.giveBack()
    await one.broker.history.ask('q')
    // As it tells the store another number of slots.
    const again = one.broker.join('q', { id: one.id, slots: 0, leaseTtl: LONG })
    await expect(again).rejects.toMatchObject({ code: 'PQ_HISTORY_CHANGED' })
    expect(one.broker.history.isOver(one.id)).toBe(true)
    expect((await adopt(one, [claimed])).verdicts).toEqual(['held'])
    expect(await one.broker.join('q', { id: one.id, slots: 0, leaseTtl: LONG })).toBe('held')
  })

  it('refuses the calls of a worker that has not adopted, and says so', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a')])
    const past = await Past.of(redis)
    const claimed = first(await one.claim(1))
    let changes = 0
    one.broker.onHistoryChange(() => (changes += 1))
    await past.giveBack()
    const refused = { code: 'PQ_HISTORY_CHANGED', queue: 'q', worker: one.id }
    await expect(one.settle([done(claimed)], 1)).rejects.toMatchObject(refused)
    await expect(one.broker.held('q', one.id, [claimed])).rejects.toMatchObject(refused)
    await expect(one.broker.progress('q', one.id, [{ ...claimed, progress: '1' }])).rejects.toMatchObject(refused)
    expect(changes).toBe(1)
    await adopt(one, [claimed])
    expect(await one.broker.held('q', one.id, [claimed])).toEqual([true])
    one.seq = 0
    expect((await one.settle([done(claimed)], 0)).verdicts).toEqual(['recorded'])
  })

  it('lets nobody claim for half a second after the first adoption, and then tells who has asked', async () => {
    const [one, two] = [await worker(), await worker()]
    await one.broker.queue('q', [task('a'), task('b')])
    const past = await Past.of(redis)
    const claimed = await one.claim(1)
    await past.giveBack()
    await adopt(two, [])
    two.seq = 0
    const early = await two.settle([], 1)
    expect(early.tasks).toEqual([])
    expect(early.nextDue).toBeGreaterThan(0)
    expect(early.nextDue).toBeLessThanOrEqual(500)
    // Nothing is handed over either.
    const reply = await two.broker.settle({ ...two.call(), handOff: 0 }, [], 1)
    expect(reply.tasks).toEqual([])
    await one.broker.queue('q', [task('c')])
    expect(two.notices.filter(({ kind }) => kind !== 'reconnected')).toEqual([])
    await adopt(one, claimed)
    await endQuiet()
    expect(ids(await two.claim(3))).toEqual(['b', 'c'])
  })

  it('begins the pause as well where a fresh worker finds the change first', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a')])
    const past = await Past.of(redis)
    const claimed = await one.claim(1)
    await past.giveBack()
    const fresh = await worker()
    expect(await fresh.claim(1)).toEqual([])
    await adopt(one, claimed)
    await endQuiet()
    expect(await fresh.claim(1)).toEqual([])
  })

  it('takes no worker for dead for the time of a lease, whatever its clock says', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a')])
    const claimed = await one.claim(1)
    const past = await Past.of(redis)
    await past.giveBack()
    const two = await worker()
    await adopt(two, [])
    // By a clock that is ahead, the lease of the other is long over.
    await redis.zadd('{pq:q}:w', 1, one.id)
    const pass = async () => await two.broker.reclaim('q', { ...RECLAIM, grace: 0 })
    for (let i = 0; i < 3; i++) expect(await pass()).toMatchObject({ condemned: [], requeued: 0, more: true })
    await adopt(one, claimed)
    expect(await pass()).toMatchObject({ condemned: [], more: false })
  })

  it('gives later fences than any that a worker has seen, by a clock that is behind, too', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a'), task('b')])
    const past = await Past.of(redis)
    const claimed = first(await one.claim(1))
    await past.giveBack()
    const ahead = { ...claimed, fence: claimed.fence + 3_600_000_000 }
    await one.broker.adopt('q', one.id, { slots: 1, ttl: LONG, topFence: ahead.fence, tasks: [claimed] })
    await endQuiet()
    one.seq = 0
    expect(first(await one.claim(1)).fence).toBeGreaterThan(ahead.fence)
  })

  it('answers a repeated adoption the same', async () => {
    const one = await worker()
    await one.broker.queue('q', [task('a'), task('b')])
    const past = await Past.of(redis)
    const claimed = await one.claim(2)
    await past.giveBack()
    const answer = await adopt(one, claimed)
    expect(await adopt(one, claimed)).toEqual(answer)
    expect(await one.broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 2 })
    one.seq = 0
    const settlements: Settlement[] = claimed.map((each) => done(each))
    expect((await one.settle(settlements, 0)).verdicts).toEqual(['recorded', 'recorded'])
    expect(await rest()).toEqual([])
  })

  it('adopts more than one call carries', async () => {
    const one = await worker()
    const many = Array.from({ length: 1_200 }, (_, i) => task(`t${String(i)}`, { body: 'x'.repeat(2_000) }))
    const past = await Past.of(redis)
    await one.broker.queue('q', many)
    const claimed: ClaimedTask[] = []
    while (claimed.length < many.length) claimed.push(...(await one.claim(500)))
    await past.giveBack()
    const { verdicts } = await adopt(one, claimed)
    expect(new Set(verdicts)).toEqual(new Set(['held']))
    expect(verdicts).toHaveLength(1_200)
    expect(await one.broker.size('q')).toEqual({ ready: 0, delayed: 0, held: 1_200 })
    one.seq = 0
    expect(
      new Set(
        (
          await one.settle(
            claimed.map((each) => done(each)),
            0,
          )
        ).verdicts,
      ),
    ).toEqual(new Set(['recorded']))
    expect(await rest()).toEqual([])
  })
})
