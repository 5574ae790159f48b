import type { Broker, ClaimedTask, Settlement } from 'pulsar-queue'
import { FAILURE, QUEUED, RETRY, REVOKED, STARTED, SUCCESS } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import { done, first, ids, release, retry, task, TestWorker, told } from './test-worker.js'

export function describeSettling(at: BrokerFixture): void {
  describe('settling', () => {
    let broker: Broker
    let queue: string
    const { worker, status } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('refuses a settlement of a task that was released under the same fence', async () => {
      await broker.queue(queue, [task('a')])
      const one = await worker()
      const claim = first(await one.claim(1))
      expect((await one.settle([release(claim)], 0)).verdicts).toEqual(['recorded'])
      expect((await one.settle([done(claim)], 0)).verdicts).toEqual(['stale'])
      expect(await status('a')).toBe(QUEUED)
    })

    it('settles a task once in a call, whatever else the call says of it', async () => {
      for (const [i, pair] of [
        [release, done],
        [release, retry],
        [release, release],
        [done, done],
      ].entries()) {
        const id = `twice-${String(i)}`
        await broker.queue(queue, [task(id)])
        const one = await worker()
        const claim = first(await one.claim(1))
        const before = await broker.stats(queue)
        await one.settle(
          pair.map((say) => say(claim)),
          0,
        )
        const ends = (await broker.stats(queue)).succeeded - before.succeeded
        const again = await (await worker()).claim(5)
        expect(ends + again.length, `of ${id}, ends and starts that follow`).toBe(1)
        await broker.revoke(queue, [id], '{}', 1)
      }
    })

    it('settles many ends of which some task was revoked before a call that follows at once', async () => {
      await broker.queue(
        queue,
        Array.from({ length: 8 }, (_, i) => task(`t${String(i)}`)),
      )
      const mine = await worker(8)
      const claimed = await mine.claim(8)
      await broker.revoke(queue, ['t0'], '{"e":"revoked"}', 60_000)
      const [{ verdicts }, revoked, again] = await Promise.all([
        mine.settle(
          claimed.map((each) => done(each)),
          0,
        ),
        broker.revoke(queue, ['t3'], '{"e":"revoked"}', 60_000),
        broker.queue(queue, [task('t4', { checkDuplicate: true })]),
      ])
      expect(verdicts).toEqual(['stale', ...Array.from({ length: 7 }, () => 'recorded')])
      expect(revoked).toEqual([false])
      expect(again[0]?.record?.header.status).toBe(SUCCESS)
      expect(await status('t3')).toBe(SUCCESS)
    })

    it('settles many ends in one call, of which some tasks were revoked, or are told twice', async () => {
      const many = Array.from({ length: 40 }, (_, i) => task(`t${String(i)}`))
      await broker.queue(queue, many)
      const mine = await worker(50)
      const claimed = await mine.claim(40)
      await broker.revoke(queue, ['t4', 't30'], '{"e":"revoked"}', 60_000)
      const settlements = claimed.map((each, i) =>
        done(each, {
          outcome: `{"r":${String(i)}}`,
          status: i === 20 ? FAILURE : SUCCESS,
          ttl: i < 10 ? 60_000 : 90_000,
        }),
      )
      const { verdicts } = await mine.settle([...settlements, ...settlements.slice(8, 10)], 0)
      expect(verdicts.slice(0, 40).map((verdict) => verdict === 'recorded')).toEqual(
        claimed.map((_, i) => i !== 4 && i !== 30),
      )
      const records = await broker.get(queue, ids(many))
      expect(records.map((record) => record?.header.status)).toEqual(
        many.map((_, i) => (i === 4 || i === 30 ? REVOKED : i === 20 ? FAILURE : SUCCESS)),
      )
      const outcomes = records.map((record) => String(record?.outcome))
      expect(outcomes).toEqual(many.map((_, i) => (i === 4 || i === 30 ? '{"e":"revoked"}' : `{"r":${String(i)}}`)))
      expect(await broker.stats(queue)).toMatchObject({ succeeded: 37, failed: 1, revoked: 2 })
      expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 0, held: 0 })
    })

    it('records the outcome of each of many tasks, in whatever order they have ended', async () => {
      const orders = {
        forwards: (i: number) => i,
        backwards: (i: number) => 39 - i,
        mixed: (i: number) => (i * 7) % 40,
      }
      for (const [name, place] of Object.entries(orders)) {
        const of = (i: number): string => `${name}-${String(i)}`
        await broker.queue(
          queue,
          Array.from({ length: 40 }, (_, i) => task(of(i))),
        )
        const mine = await worker(50)
        const claimed = await mine.claim(40)
        const ends = claimed.map((_, i) => {
          const each = claimed[place(i)] ?? first(claimed)
          return done(each, { outcome: JSON.stringify({ r: each.id }) })
        })
        expect((await mine.settle(ends, 0)).verdicts).toEqual(claimed.map(() => 'recorded'))
        const records = await broker.get(
          queue,
          claimed.map(({ id }) => id),
        )
        expect(records.map((record) => record?.outcome)).toEqual(claimed.map(({ id }) => JSON.stringify({ r: id })))
      }
    })

    it('keeps progress that was sent before the end, though nobody has waited for its answer', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a')])
      const claimed = first(await mine.claim(1))
      const { id, fence } = claimed
      const sent = mine.broker.progress(queue, mine.id, [{ id, fence, progress: '{"p":0.5}' }])
      const settled = mine.settle([done(claimed)], 0)
      expect([await sent, (await settled).verdicts]).toEqual([[true], ['recorded']])
      expect(String((await broker.get(queue, ['a']))[0]?.progress)).toBe('{"p":0.5}')
    })

    it('keeps since when no worker knows the job of a task, until a worker parks or runs it', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a')])
      const claimed = async (): Promise<ClaimedTask> => {
        await broker.promote(queue, ['a'])
        return first(await mine.claim(1))
      }
      const kept = async () => (await broker.get(queue, ['a']))[0]?.header.unknownSince
      const unknown = async (): Promise<void> => {
        const again = await claimed()
        expect(again).not.toHaveProperty('unknownSince')
        const settlement: Settlement = { ...release(again, 60_000), forOthers: true, unknownSince: 1_234 }
        expect((await mine.settle([settlement], 0)).verdicts).toEqual(['recorded'])
        expect(await kept()).toBe(1_234)
      }
      await unknown()
      const again = await claimed()
      expect(again.unknownSince).toBe(1_234)
      // One that stops gives it back at once.
      await mine.settle([release(again)], 0)
      const third = await claimed()
      expect(third).toMatchObject({ unknownSince: 1_234, body: again.body, job: again.job })
      await mine.settle([release(third, 60_000)], 0)
      expect(await kept()).toBeUndefined()
      await unknown()
      await mine.settle([retry(await claimed())], 0)
      expect(await kept()).toBeUndefined()
      await unknown()
      const last = await claimed()
      await mine.settle([done(last)], 0)
      expect((await broker.get(queue, ['a']))[0]?.header).not.toHaveProperty('unknownSince')
    })

    it('answers a repeated call as before, and acts once', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a'), task('b')])
      const claim = mine.call()
      const once = await mine.broker.settle(claim, [], 1)
      expect(told((await mine.broker.settle(claim, [], 1)).tasks)).toEqual(told(once.tasks))
      const call = mine.call()
      const settlements = [retry(first(once.tasks))]
      const settled = await mine.broker.settle(call, settlements, 1)
      const again = await mine.broker.settle(call, settlements, 1)
      expect(again.verdicts).toEqual(['recorded'])
      expect(told(again.tasks)).toEqual(told(settled.tasks))
      expect((await broker.stats(queue)).retried).toBe(1)
      expect((await broker.size(queue)).held).toBe(1)
      await expect(mine.broker.settle(claim, [], 1)).rejects.toMatchObject({ code: 'PQ_STALE_CALL' })
    })

    it('answers a repeated claim of ids with any characters as before', async () => {
      const odd = ['line\nbreak', 'comma,colon:1', ' space ', 'ü']
      await broker.queue(
        queue,
        odd.map((id) => task(id)),
      )
      const mine = await worker()
      const call = mine.call()
      const once = await mine.broker.settle(call, [], 10)
      expect(ids(once.tasks)).toEqual(odd)
      const again = await mine.broker.settle(call, [], 10)
      expect({ ...again, tasks: told(again.tasks) }).toEqual({ ...once, tasks: told(once.tasks) })
    })

    it('refuses a worker without a lease', async () => {
      const stranger = new TestWorker(broker, queue)
      await broker.queue(queue, [task('a')])
      await expect(stranger.claim(1)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
      expect((await broker.size(queue)).ready).toBe(1)
    })

    it('records a settlement under its fence only: recorded, stale, unknown', async () => {
      const mine = await worker()
      const other = await worker()
      await broker.queue(queue, [task('a')])
      const before = first(await mine.claim(1))
      await mine.settle([release(before)], 0)
      const after = first(await other.claim(1))
      expect(after.fence).toBeGreaterThan(before.fence)
      expect((await mine.settle([done(before)], 0)).verdicts).toEqual(['stale'])
      expect((await other.settle([done(after)], 0)).verdicts).toEqual(['recorded'])
      expect((await other.settle([done(after)], 0)).verdicts).toEqual(['recorded'])
      expect((await mine.settle([done({ ...before, id: 'never' })], 0)).verdicts).toEqual(['unknown'])
      expect((await broker.stats(queue)).succeeded).toBe(1)
    })

    it('counts the run of a retried task, and delays it', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a'), task('b')])
      const claimed = first(await mine.claim(1))
      expect(claimed.run).toBe(1)
      await mine.settle([retry(claimed, 80)], 0)
      const [waiting] = await broker.get(queue, ['a'])
      expect([waiting?.header.status, waiting?.header.runs, String(waiting?.outcome)]).toEqual([RETRY, 1, '{"e":"no"}'])
      expect(ids(await mine.claim(1))).toEqual(['b'])
      expect((await until('the retry', async () => (await mine.claim(1))[0])).run).toBe(2)
    })

    it('puts released tasks at the head of the queue, in order, and counts no run', async () => {
      const mine = await worker()
      await broker.queue(
        queue,
        ['a', 'b', 'c'].map((id) => task(id)),
      )
      const claimed = await mine.claim(2)
      await mine.settle(
        claimed.map((each) => release(each)),
        0,
      )
      const again = await mine.claim(3)
      expect(again.map(({ id, run }) => [id, run])).toEqual([
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ])
    })

    it('releases the tasks of a worker that leaves', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a'), task('b')])
      await mine.claim(2)
      await mine.broker.leave(queue, mine.id)
      await expect(mine.claim(1)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
      expect(ids(await (await worker()).claim(2))).toEqual(['a', 'b'])
    })

    it('tells which tasks are held, and stores progress of those only', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a')])
      const { id, fence } = first(await mine.claim(1))
      const stale = { id, fence: fence - 1 }
      expect(await mine.broker.held(queue, mine.id, [{ id, fence }, stale])).toEqual([true, false])
      const progress = '{"p":0.5}'
      expect(await mine.broker.progress(queue, mine.id, [{ ...stale, progress: '{"p":9}' }])).toEqual([false])
      expect(await mine.broker.progress(queue, mine.id, [{ id, fence, progress }])).toEqual([true])
      const [record] = await broker.get(queue, ['a'])
      expect([record?.header.status, record?.header.worker, String(record?.progress)]).toEqual([
        STARTED,
        mine.id,
        progress,
      ])
    })

    it.each(['release', 'retry'] as const)('drops the progress of a run with its %s', async (kind) => {
      const mine = await worker()
      await broker.queue(queue, [task('a')])
      const claimed = first(await mine.claim(1))
      const { id, fence } = claimed
      await mine.broker.progress(queue, mine.id, [{ id, fence, progress: '{"p":0.5}' }])
      const again = { kind, task: claimed, delay: 0, outcome: '{}' } as const
      expect((await mine.settle([again], 0)).verdicts).toEqual(['recorded'])
      expect((await broker.get(queue, ['a']))[0]?.progress).toBeNull()
      await mine.settle([done(first(await mine.claim(1)))], 0)
      expect((await broker.get(queue, ['a']))[0]?.progress).toBeNull()
    })
  })
}
