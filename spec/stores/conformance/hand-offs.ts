import type { Broker, ClaimedTask, LaneCall } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import type { TestWorker } from './test-worker.js'
import { done, first, ids, retry, task, told } from './test-worker.js'

/** A call of a worker that takes hand-offs. */
const takes = (worker: TestWorker, more: Partial<LaneCall> = {}): LaneCall => ({
  ...worker.call(),
  handOff: 0,
  ...more,
})

/** What was handed to a worker so far, each task once. */
const handedTo = ({ notices }: TestWorker): ClaimedTask[] => {
  const tasks = notices.flatMap((notice) => (notice.kind === 'handed' ? notice.tasks : []))
  return [...new Map(tasks.map((each) => [each.fence, each])).values()]
}

const handed = async (worker: TestWorker): Promise<ClaimedTask[]> =>
  await until('a hand-off', () => (handedTo(worker).length > 0 ? handedTo(worker) : undefined))

export function describeHandOffs(at: BrokerFixture): void {
  describe('hand-offs', () => {
    let broker: Broker
    let queue: string
    const { worker } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('give an idle worker the tasks that are queued, leased, up to its free slots', async () => {
      const mine = await worker()
      expect((await mine.broker.settle(takes(mine, { freeSlots: 2 }), [], 5)).tasks).toEqual([])
      const ends: string[] = []
      await broker.openInbox('me', (notice) => {
        if (notice.kind === 'done') ends.push(...notice.tasks.map(({ id }) => id))
      })
      await broker.queue(queue, [task('a', { tags: ['t'], inbox: 'me' }), task('b'), task('c')])
      const tasks = await handed(mine)
      expect(tasks).toMatchObject([
        { id: 'a', run: 1, job: 'job', tags: ['t'] },
        { id: 'b', run: 1 },
      ])
      expect(await broker.size(queue)).toEqual({ ready: 1, delayed: 0, held: 2 })
      const call = takes(mine, { handOff: first(tasks).fence })
      const reply = await mine.broker.settle(
        call,
        tasks.map((each) => done(each)),
        5,
      )
      expect([reply.verdicts, reply.handed ?? [], ids(reply.tasks)]).toEqual([['recorded', 'recorded'], [], ['c']])
      await until('the end of a', () => (ends.includes('a') ? true : undefined))
    })

    it('tell all who await a task, also who has queued it once more in the same call', async () => {
      const mine = await worker()
      await mine.broker.settle(takes(mine), [], 20)
      const ends: string[] = []
      for (const inbox of ['first', 'second', 'third']) {
        await broker.openInbox(inbox, (notice) => {
          if (notice.kind === 'done') ends.push(...notice.tasks.map(({ id }) => `${id} for ${inbox}`))
        })
      }
      const given = (id: string, inbox: string | null) => task(id, { inbox, checkDuplicate: true })
      const others = Array.from({ length: 9 }, (_, i) => given(`t${String(i)}`, null))
      const again = [given('a', 'first'), given('a', 'second'), given('a', 'second'), given('t8', 'third')]
      await broker.queue(queue, [given('a', null), ...others, ...again])
      // An engine may wake the worker instead, where ids may be known.
      await until('a notice', () => mine.notices[0])
      const isHanded = handedTo(mine).length > 0
      const tasks = isHanded ? handedTo(mine) : (await mine.broker.settle(takes(mine), [], 20)).tasks
      expect(ids(tasks)).toEqual(['a', ...ids(others)])
      const call = takes(mine, { handOff: first(tasks).fence })
      await mine.broker.settle(
        call,
        tasks.map((each) => done(each)),
        0,
      )
      await until('three ends', () => (ends.length >= 3 ? true : undefined))
      expect(ends.sort()).toEqual(['a for first', 'a for second', 't8 for third'])
    })

    it.each(['in an empty queue', 'beside delayed tasks'])(
      'leave a worker its other slots, for which it is woken after the workers that have got nothing, %s',
      async (where) => {
        if (where === 'beside delayed tasks') await broker.queue(queue, [task('later', { delay: 600_000 })])
        const mine = await worker()
        await mine.broker.settle(takes(mine), [], 3)
        await broker.queue(queue, [task('a')])
        const handOff = first(await handed(mine)).fence
        const other = await worker()
        await other.broker.settle(takes(other), [], 3)
        await broker.queue(queue, [task('b')])
        expect(ids(await handed(other))).toEqual(['b'])
        expect(ids(handedTo(mine))).toEqual(['a'])
        // The two free slots of the first one are enough.
        await broker.queue(queue, [task('c'), task('d')])
        await mine.woken()
        expect(other.notices.filter(({ kind }) => kind === 'wake')).toEqual([])
        const { tasks } = await mine.broker.settle(takes(mine, { handOff }), [], 2)
        expect(ids(tasks)).toEqual(['c', 'd'])
        await broker.queue(queue, [task('e')])
        await other.woken()
      },
    )

    it('are repeated by a later reply until the worker has heard of them, without what it holds no more', async () => {
      const mine = await worker()
      await mine.broker.settle(takes(mine), [], 3)
      await broker.queue(queue, [task('a'), task('b'), task('c')])
      const tasks = await handed(mine)
      await broker.revoke(queue, ['b'], '{}', 60_000)
      const call = takes(mine)
      const missed = await mine.broker.settle(call, [], 0)
      expect(told(missed.handed)).toEqual(told(tasks.filter(({ id }) => id !== 'b')))
      expect(told((await mine.broker.settle(call, [], 0)).handed)).toEqual(told(missed.handed))
      const { fence } = first(tasks)
      // A later one than the last: the store has lost its end, as in a failover.
      for (const handOff of [fence, fence + 5]) {
        expect((await mine.broker.settle(takes(mine, { handOff }), [], 0)).handed ?? []).toEqual([])
      }
    })

    it('go to no worker that takes none, holds a task, or has not heard of the last one: those are woken', async () => {
      const plain = await worker()
      await plain.claim(1)
      await broker.queue(queue, [task('a')])
      await plain.woken()
      await plain.settle([done(first(await plain.claim(1)))], 0)
      const mine = await worker()
      await broker.queue(queue, [task('b')])
      const { tasks } = await mine.broker.settle(takes(mine), [], 2)
      expect(ids(tasks)).toEqual(['b'])
      await broker.queue(queue, [task('c')])
      await mine.woken()
      expect(handedTo(mine)).toEqual([])
    })

    it('go again to a worker that has not heard of the last one, once nothing of it is left', async () => {
      const mine = await worker()
      await mine.broker.settle(takes(mine), [], 2)
      await broker.queue(queue, [task('a'), task('b')])
      await handed(mine)
      await broker.revoke(queue, ['a', 'b'], '{}', 1)
      await mine.broker.settle(takes(mine), [], 2)
      await broker.queue(queue, [task('c')])
      await until('c to be handed over', () => (ids(handedTo(mine)).includes('c') ? true : undefined))
      const missed = await mine.broker.settle(takes(mine), [], 0)
      expect(ids(missed.handed ?? [])).toEqual(['c'])
    })

    it('go to a worker that takes them before others are woken, however long these have waited', async () => {
      const [busy, mine] = [await worker(), await worker()]
      await broker.queue(queue, [task('x')])
      expect(ids((await busy.broker.settle(takes(busy), [], 5)).tasks)).toEqual(['x'])
      await mine.broker.settle(takes(mine), [], 1)
      await broker.queue(queue, [task('a'), task('b')])
      expect(ids(await handed(mine))).toEqual(['a'])
      await busy.woken()
      expect(ids((await busy.broker.settle(takes(busy), [], 5)).tasks)).toEqual(['b'])
    })

    it('go to no worker that held a task when it became idle, until it asks again', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('x')])
      await mine.broker.settle(takes(mine), [], 5)
      await broker.revoke(queue, ['x'], '{}', 1)
      await broker.queue(queue, [task('a')])
      await mine.woken()
      const { tasks } = await mine.broker.settle(takes(mine), [], 5)
      expect(ids(tasks)).toEqual(['a'])
      await mine.broker.settle(takes(mine), [done(first(tasks))], 5)
      await broker.queue(queue, [task('b')])
      expect(ids(await handed(mine))).toEqual(['b'])
    })

    it('fill the free slots from many tasks, and are not made of large ones', async () => {
      const mine = await worker()
      await mine.broker.settle(takes(mine), [], 2)
      const named = (letter: string, count: number, bytes: number) =>
        Array.from({ length: count }, (_, i) => task(`${letter}${String(i)}`, { body: 'x'.repeat(bytes) }))
      await broker.queue(queue, named('small', 40, 1_000))
      const tasks = await handed(mine)
      expect(ids(tasks)).toEqual(['small0', 'small1'])
      const call = takes(mine, { handOff: first(tasks).fence })
      const settlements = tasks.map((each) => done(each))
      const rest = (await mine.broker.settle(call, settlements, 38)).tasks
      const idle = takes(mine, { handOff: first(tasks).fence })
      const ends = rest.map((each) => done(each))
      expect((await mine.broker.settle(idle, ends, 3)).tasks).toEqual([])
      mine.notices.length = 0
      await broker.queue(queue, named('large', 2, 10_000))
      await mine.woken()
      expect(await broker.size(queue)).toEqual({ ready: 2, delayed: 0, held: 0 })
    })

    it('overtake nothing that is ready, and are not made of a paused queue', async () => {
      const mine = await worker()
      await mine.broker.settle(takes(mine), [], 1)
      await broker.pause(queue)
      await broker.queue(queue, [task('a')])
      expect(await broker.size(queue)).toEqual({ ready: 1, delayed: 0, held: 0 })
      await broker.resume(queue)
      await mine.woken()
      await mine.broker.settle(takes(mine), [], 0)
      await broker.queue(queue, [task('b')])
      expect(ids((await mine.broker.settle(takes(mine), [], 5)).tasks)).toEqual(['a', 'b'])
    })

    it('go back to the head of the queue when their worker leaves', async () => {
      const mine = await worker()
      await mine.broker.settle(takes(mine), [], 2)
      await broker.queue(queue, [task('a'), task('b')])
      await handed(mine)
      await broker.queue(queue, [task('c')])
      await mine.broker.leave(queue, mine.id)
      expect((await (await worker()).claim(5)).map(({ id, run }) => [id, run])).toEqual([
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ])
    })
  })

  describe('attempts', () => {
    it('stay with a task that is retried, the last ten of them', async () => {
      const mine = await at.worker()
      await at.broker.queue(at.queue, [task('a')])
      const attempt = (run: number) => ({
        run,
        startedAt: run,
        endedAt: run + 1,
        worker: 'w',
        error: `no ${String(run)}`,
      })
      for (let run = 1; run <= 12; run++) {
        await mine.settle([retry(first(await mine.claim(1)), 0, attempt(run))], 0)
      }
      const tenLast = Array.from({ length: 10 }, (_, i) => attempt(i + 3))
      expect((await at.broker.get(at.queue, ['a']))[0]?.attempts).toEqual(tenLast)
      await mine.settle([done(first(await mine.claim(1)))], 0)
      const [over] = await at.broker.get(at.queue, ['a'])
      expect([over?.header.runs, over?.attempts]).toEqual([13, tenLast])
    })
  })
}
