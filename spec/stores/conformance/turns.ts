import type { Broker, OperationsStore } from 'pulsar-queue'
import { QUEUED, REVOKED, SUCCESS } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { LARGE_PAYLOAD } from '../../../lib/stores/policy.js'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import { operationsOf } from './broker-fixture.js'
import { done, first, ids, task, TestWorker } from './test-worker.js'

const OUTCOME = '{"e":"revoked"}'
const known = { checkDuplicate: true } as const

/** Calls of one client that nobody awaits before the next one is made. */
export function describeTurns(at: BrokerFixture): void {
  describe('calls of one turn of the event loop', () => {
    let broker: Broker
    let operations: OperationsStore
    let queue: string
    const { open, worker, status } = at

    beforeEach(() => {
      ;({ broker, queue, operations } = at)
    })

    it.each(['new', 'known'])('see the tasks that were queued before in a %s queue', async (kind) => {
      if (kind === 'known') await broker.queue(queue, [task('x', { delay: 60_000 })])
      const already = kind === 'known' ? 1 : 0
      const before = [broker.size(queue), broker.get(queue, ['a'])] as const
      const queued = broker.queue(queue, [task('a'), task('b')])
      const seen = await Promise.all([
        broker.size(queue),
        broker.get(queue, ['a']),
        broker.stats(queue),
        broker.queues(),
        operations.inspect(queue),
        operations.list(queue, 'ready', null, 10),
        broker.queue(queue, [task('later')]),
      ])
      const [size, [a], stats, queues, inspected, { records }] = seen
      await queued
      expect(size).toEqual({ ready: 2, delayed: already, held: 0 })
      expect(a?.header).toMatchObject({ id: 'a', queue })
      expect(stats).toMatchObject({ queued: 2 + already })
      expect(queues).toContain(queue)
      expect(inspected.ready).toMatchObject([{ count: 2 }])
      expect(records.map(({ header }) => header.id)).toEqual(['a', 'b'])
      expect(await Promise.all(before)).toEqual([{ ready: 0, delayed: already, held: 0 }, [null]])
      expect(await broker.size(queue)).toMatchObject({ ready: 3 })
    })

    it('see the tasks whose end an inbox awaits from now on', async () => {
      const subscription = await broker.openInbox('me', () => undefined)
      const [, [record], flushed] = await Promise.all([
        broker.queue(queue, [task('a')]),
        broker.get(queue, ['a'], 'me'),
        broker.flush(queue, `flush ${queue}`),
      ])
      expect([record?.header.id, flushed]).toEqual(['a', 1])
      await subscription.close()
    })

    it('revoke before those that look, drop or queue', async () => {
      await broker.queue(queue, [task('a'), task('b'), task('c', { delay: 60_000 })])
      const [a, [record], c, flushed] = await Promise.all([
        broker.revoke(queue, ['a'], OUTCOME, 1),
        broker.get(queue, ['a']),
        broker.revoke(queue, ['c'], OUTCOME, 1),
        broker.flush(queue, `flush ${queue}`),
      ])
      expect([a, record?.header.status, c, flushed]).toEqual([[true], REVOKED, [true], 1])
    })

    it('revoke in that order where the client does not know yet where records lie', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('over'), task('a')])
      await mine.settle([done(first(await mine.claim(1)))], 0)
      const other = await open()
      await other.size(queue)
      const [revoked, flushed, sizes] = await Promise.all([
        other.revoke(queue, ['a'], OUTCOME, 1),
        other.flush(queue, `flush ${queue}`),
        other.size(queue),
      ])
      expect([revoked, flushed, sizes.ready]).toEqual([[true], 0, 0])
      expect(await status('a')).toBe(REVOKED)
    })

    it('queue in that order where the client does not know yet where records lie', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('over')])
      await mine.settle([done(first(await mine.claim(1)))], 0)
      const other = await open()
      // Its first task makes the queue known to it, and tells nothing of records.
      await other.queue(queue, [task('0')])
      const calls = await Promise.all([
        other.queue(queue, [task('1', known)]),
        other.queue(queue, [task('2')]),
        other.queue(queue, [task('3', known), task('over', known)]),
        other.pause(queue),
        other.queue(queue, [task('4')]),
        other.resume(queue),
        other.queue(queue, [task('5', known)]),
      ])
      expect(calls[2][1]?.record?.header.status).toBe(SUCCESS)
      const { tasks, paused } = await mine.settle([], 10)
      expect([ids(tasks), paused]).toEqual([['0', '1', '2', '3', '4', '5'], false])
    })

    it('take a tick before the schedule is paused, and tell of it', async () => {
      const tick = { job: 'a', schedule: 's', operation: 'one', expected: null, at: 1_000, task: task('t', known) }
      for (const [expected, time] of [
        [null, 1_000],
        [1_000, 2_000],
      ] as const) {
        const [taken, , last, [stored]] = await Promise.all([
          broker.tick(queue, { ...tick, operation: `o${String(time)}`, expected, at: time, task: task(String(time)) }),
          operations.pauseSchedule(queue, 'a', { by: 'ada', reason: null }),
          broker.lastTicks(queue, ['a']),
          operations.schedules(queue),
        ])
        expect(taken).toMatchObject({ queued: true, last: time })
        expect(last).toMatchObject({ last: [{ at: time }] })
        expect(stored).toMatchObject({ job: 'a', at: time, paused: { by: 'ada' } })
        await operations.pauseSchedule(queue, 'a', null)
      }
    })

    it('claim under the lease that was asked for before', async () => {
      const mine = new TestWorker(await open(), queue)
      await broker.queue(queue, [task('a')])
      const joined = mine.broker.join(queue, { id: mine.id, slots: 5, leaseTtl: 10_000 })
      const claimed = mine.claim(5)
      expect([await joined, ids(await claimed)]).toEqual(['held', ['a']])
    })

    it('announce a start before the end that was settled after it', async () => {
      const mine = await worker()
      const seen: string[] = []
      const subscription = await (
        await open()
      ).onTaskEvent((event, record) => seen.push(`${event} ${record.header.id}`))
      await broker.queue(queue, [task('a')])
      const tasks = await mine.claim(1)
      const [record] = await broker.get(queue, ['a'])
      if (!record) throw new Error('the task is there')
      await Promise.all([
        mine.broker.announce(queue, 'started', [record]),
        mine.settle(
          tasks.map((each) => done(each)),
          0,
        ),
      ])
      await until('three events', () => (seen.length === 3 ? true : undefined))
      expect(seen).toEqual(['queued a', 'started a', 'done a'])
      await subscription.close()
    })

    it('queue the first of two tasks with one id, whether or not one of them is large', async () => {
      const large = `"${'x'.repeat(LARGE_PAYLOAD)}"`
      await broker.queue(queue, [task('before')])
      const replies = await Promise.all([
        broker.queue(queue, [task('a', { ...known, body: large })]),
        broker.queue(queue, [task('a', { ...known, body: '"small"' }), task('c', known)]),
        broker.queue(queue, [task('b', { ...known, body: '"small"' })]),
        broker.queue(queue, [task('b', { ...known, body: large })]),
      ])
      expect(replies.map(([reply]) => reply?.verdict)).toEqual(['queued', 'duplicate', 'queued', 'duplicate'])
      const records = await broker.get(queue, ['a', 'b'])
      expect(records.map((record) => record?.body.length)).toEqual([large.length, '"small"'.length])
    })

    it('queue the first of two tasks with one id in one call, where it is large', async () => {
      const large = 'x'.repeat(LARGE_PAYLOAD)
      const bodies = [large, 'small', large]
      const tasks = bodies.map((body) => task('a', { ...known, body }))
      const replies = await broker.queue(queue, tasks)
      expect(replies.map(({ verdict }) => verdict)).toEqual(['queued', 'duplicate', 'duplicate'])
      expect(String((await broker.get(queue, ['a']))[0]?.body)).toHaveLength(LARGE_PAYLOAD)
    })

    it('drop large tasks that were queued before, and none that are queued after', async () => {
      await broker.queue(queue, [task('before')])
      const [, flushed] = await Promise.all([
        broker.queue(queue, [task('a', { body: `"${'x'.repeat(LARGE_PAYLOAD)}"` })]),
        broker.flush(queue, `flush ${queue}`),
        broker.queue(queue, [task('b')]),
      ])
      expect(flushed).toBe(2)
      expect(ids(await (await worker()).claim(5))).toEqual(['b'])
    })

    it('look before a task is queued or revoked where the client does not know yet where records lie', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('over'), task('a'), task('c')])
      await mine.settle([done(first(await mine.claim(1)))], 0)
      const other = await open()
      await other.size(queue)
      const [[a], revoked, [b], , { records }, dropped] = await Promise.all([
        other.get(queue, ['a']),
        other.revoke(queue, ['a'], OUTCOME, 1),
        other.get(queue, ['b']),
        other.queue(queue, [task('b', known)]),
        operationsOf(other).list(queue, 'ready', null, 10),
        operationsOf(other).drop(queue, ['c'], `drop ${queue}`, ['ready']),
      ])
      expect([a?.header.status, revoked, b]).toEqual([QUEUED, [true], null])
      expect([records.map(({ header }) => header.id), dropped]).toEqual([['c', 'b'], [true]])
    })

    it('move before the other queue is dropped or counted, also behind a call that is answered late', async () => {
      const other = `${queue} other`
      await broker.queue(queue, [task('a')])
      await broker.queue(other, [task('b'), task('c')])
      const move = (from: string, id: string, to: string) =>
        operations.move(from, [{ id, newId: `${id}~1` }], to, OUTCOME, 1, ['ready'])
      const [, moved, size, flushed, later] = await Promise.all([
        broker.get(queue, ['a']),
        move(other, 'b', queue),
        broker.size(queue),
        broker.flush(other, `flush ${other}`),
        broker.size(other),
      ])
      expect([moved, size.ready, flushed, later.ready]).toEqual([[true], 2, 1, 0])
    })

    it('move before others look, there and back', async () => {
      const other = `${queue} other`
      await broker.queue(queue, [task('a')])
      await broker.queue(other, [task('b')])
      const move = (from: string, id: string, to: string) =>
        operations.move(from, [{ id, newId: `${id}~1` }], to, OUTCOME, 1, ['ready'])
      const [, , sizes, [a]] = await Promise.all([
        move(queue, 'a', other),
        move(other, 'b', queue),
        broker.size(queue),
        broker.get(other, ['a~1']),
      ])
      expect([sizes.ready, a?.header.id]).toEqual([1, 'a~1'])
    })
  })
}
