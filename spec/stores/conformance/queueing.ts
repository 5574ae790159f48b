import type { Broker, NewTask, Settlement } from 'pulsar-queue'
import { SUCCESS } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import type { TestWorker } from './test-worker.js'
import { bytes, done, first, ids, task } from './test-worker.js'

export function describeQueueing(at: BrokerFixture): void {
  describe('queueing and claiming', () => {
    let broker: Broker
    let queue: string
    const { worker } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('claims tasks first in, first out, and higher priorities first', async () => {
      const tasks = ['a', 'b', 'c'].map((id) => task(id))
      const replies = await broker.queue(queue, [...tasks, task('high', { priority: 9 }), task('low', { priority: 0 })])
      expect(replies.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 5 }, () => 'queued'))
      const mine = await worker()
      expect(ids(await mine.claim(2))).toEqual(['high', 'a'])
      expect(ids(await mine.claim(10))).toEqual(['b', 'c', 'low'])
    })

    it('keeps ids, bodies and outcomes unchanged', async () => {
      const id = 'ä 日本 {x}:1'
      const body = new Uint8Array([0, 255, 10, 13, 128, 0])
      const large = Buffer.alloc(1024 * 1024, 7)
      await broker.queue(queue, [task(id, { body }), task('large', { body: large })])
      const mine = await worker()
      const claimed = await mine.claim(2)
      expect(claimed.map((each) => [each.id, bytes(each.body).equals(bytes(each.id === id ? body : large))])).toEqual([
        [id, true],
        ['large', true],
      ])
      await mine.settle([done(first(claimed), { outcome: body })], 0)
      const [record] = await broker.get(queue, [id])
      const stored = [record?.body, record?.outcome].map((each) => Buffer.from(each ?? ''))
      expect(Buffer.concat(stored)).toEqual(Buffer.concat([body, body]))
    })

    it('tells when a delayed task is due, and lets it be claimed then', async () => {
      const mine = await worker()
      // Long enough for the call after it to come before it is due, also on a busy machine.
      await broker.queue(queue, [task('late', { delay: 1_000 })])
      const { tasks, nextDue } = await mine.settle([], 1)
      expect(tasks).toEqual([])
      expect(nextDue).toBeGreaterThan(0)
      expect(nextDue).toBeLessThanOrEqual(1_000)
      const late = await until('the delay', async () => (await mine.claim(1))[0])
      expect(late.dueAt - late.queuedAt).toBe(1_000)
      expect(late.claimedAt).toBeGreaterThanOrEqual(late.dueAt)
    })

    it('promotes delayed tasks to the head of the queue, in order, and wakes a worker', async () => {
      const idle = await worker()
      await idle.claim(1)
      await broker.queue(queue, [task('a', { delay: 60_000 }), task('b', { delay: 60_000 })])
      // It is told when the first is due. A worker that was told is idle again once it has looked.
      await idle.woken()
      expect(await idle.claim(1)).toEqual([])
      expect(await broker.promote(queue, ['a', 'nobody', 'b'])).toEqual([true, false, true])
      await idle.woken()
      await broker.queue(queue, [task('c')])
      expect((await idle.claim(5)).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
      // Its worker may be about to delay it.
      expect(await broker.promote(queue, ['a'])).toEqual([true])
      await broker.queue(queue, [task('ready')])
      expect(await broker.promote(queue, ['ready'])).toEqual([false])
      expect(await broker.promote(`${queue} unknown`, ['a'])).toEqual([false])
    })

    it('is consumed as long as a worker of it hears, and it is not paused', async () => {
      expect(await broker.isConsumed(queue)).toBe(false)
      const other = await worker()
      expect(await broker.isConsumed(queue)).toBe(true)
      // As if its process was killed: its lease stays.
      await other.broker.close()
      expect(await broker.isConsumed(queue)).toBe(false)
      await worker()
      expect(await broker.isConsumed(queue)).toBe(true)
      await broker.pause(queue)
      expect(await broker.isConsumed(queue)).toBe(false)
      await broker.resume(queue)
      expect(await broker.isConsumed(queue)).toBe(true)
    })

    it('is not consumed while all its workers are quiet: they have no slots', async () => {
      const { id } = await worker()
      await broker.join(queue, { id, slots: 0, leaseTtl: 60_000 })
      expect(await broker.isConsumed(queue)).toBe(false)
      await broker.join(queue, { id, slots: 1, leaseTtl: 60_000 })
      expect(await broker.isConsumed(queue)).toBe(true)
    })

    it('calls a known id a duplicate, live or finished, and queues nothing', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('mine', { checkDuplicate: true })])
      const live = first(await broker.queue(queue, [task('mine', { checkDuplicate: true, body: 'other' })]))
      expect([live.verdict, live.record]).toEqual(['duplicate', null])
      const claimed = first(await mine.claim(5))
      await mine.settle([done(claimed)], 0)
      const over = first(await broker.queue(queue, [task('mine', { checkDuplicate: true })]))
      expect([over.verdict, over.record?.header.status]).toEqual(['duplicate', SUCCESS])
      expect(over.queuedAt).toBe(claimed.queuedAt)
      expect(await mine.claim(5)).toEqual([])
    })

    it('queues the new ones of many like tasks, of which some have known ids, or the same id', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('t3'), task('t11')])
      await mine.settle([done(first(await mine.claim(1)))], 0)
      const many = Array.from({ length: 20 }, (_, i) => task(`t${String(i)}`, { checkDuplicate: true }))
      const replies = await broker.queue(queue, [...many, task('t5', { checkDuplicate: true })])
      expect(replies.map(({ verdict }) => verdict === 'duplicate')).toEqual(
        Array.from({ length: 21 }, (_, i) => i === 3 || i === 11 || i === 20),
      )
      expect([replies[3]?.record?.header.status, replies[11]?.record]).toEqual([SUCCESS, null])
      expect(await broker.size(queue)).toEqual({ ready: 19, delayed: 0, held: 0 })
      const claimed = await mine.claim(30)
      const order = ['t11', ...ids(many).filter((id) => id !== 't3' && id !== 't11')]
      expect(ids(claimed)).toEqual(order)
      expect(claimed.map(({ body }) => String(body))).toEqual(order.map((id) => `{"n":"${id}"}`))
    })

    it('keeps the order of a call in which some ids are new for certain, and others are not', async () => {
      const given = (id: string): NewTask => task(id, { checkDuplicate: true })
      await broker.queue(queue, [given('a'), task('b'), task('c', { priority: 9 }), given('d'), task('e'), given('f')])
      expect(ids(await (await worker()).claim(10))).toEqual(['c', 'a', 'b', 'd', 'e', 'f'])
    })

    it('queues the first one of an id in a call, whatever its priority and delay are', async () => {
      const given = (id: string, body: string, more: object = {}): NewTask =>
        task(id, { checkDuplicate: true, body, ...more })
      const replies = await broker.queue(queue, [
        given('x', '9', { priority: 9 }),
        given('late', 'kept', { delay: 60_000 }),
        given('y', 'kept', { priority: 1 }),
        given('y', 'lost', { priority: 9 }),
        given('z', 'kept'),
        given('z', 'lost', { delay: 60_000 }),
        given('late', 'lost'),
      ])
      const verdicts = replies.map(({ id, verdict }) => `${id} ${verdict}`)
      expect(verdicts).toEqual([
        'x queued',
        'late queued',
        'y queued',
        'y duplicate',
        'z queued',
        'z duplicate',
        'late duplicate',
      ])
      const records = await broker.get(queue, ['y', 'z', 'late'])
      expect(records.map((record) => String(record?.body))).toEqual(['kept', 'kept', 'kept'])
      expect(await broker.size(queue)).toEqual({ ready: 3, delayed: 1, held: 0 })
    })

    it('delays many tasks alike, in their order', async () => {
      const many = Array.from({ length: 20 }, (_, i) => task(`t${String(i)}`, { delay: 60_000, tags: ['a', 'b'] }))
      await broker.queue(queue, many)
      expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 20, held: 0 })
      await broker.promote(queue, ids(many))
      const claimed = await (await worker()).claim(30)
      expect(ids(claimed)).toEqual(ids(many))
      expect(claimed.every(({ tags }) => tags.join() === 'a,b')).toBe(true)
    })

    it('says of which job the task of a known id is, live or finished', async () => {
      const mine = await worker()
      const known = async (): Promise<unknown> =>
        (await broker.queue(queue, [task('mine', { checkDuplicate: true, job: 'other' })])).map(({ verdict, job }) => [
          verdict,
          job,
        ])
      await broker.queue(queue, [task('mine', { job: 'a, b' })])
      expect(await known()).toEqual([['duplicate', 'a, b']])
      await mine.settle([done(first(await mine.claim(1)))], 0)
      expect(await known()).toEqual([['duplicate', 'a, b']])
    })

    it('queues 1,200 tasks in one call, and none in an empty call', async () => {
      const many = Array.from({ length: 1_200 }, (_, i) => task(`t${String(i)}`))
      expect(await broker.queue(queue, [])).toEqual([])
      expect((await broker.queue(queue, many)).every(({ verdict }) => verdict === 'queued')).toBe(true)
      expect(await broker.size(queue)).toEqual({ ready: 1_200, delayed: 0, held: 0 })
      expect(ids(await (await worker()).claim(1_200))).toEqual(ids(many))
    })

    it('lets two workers claim 2,000 tasks, none twice and none lost', async () => {
      const all = Array.from({ length: 2_000 }, (_, i) => task(`t${String(i)}`))
      await broker.queue(queue, all)
      const seen: string[] = []
      const drain = async (mine: TestWorker): Promise<void> => {
        for (let settlements: Settlement[] = []; ;) {
          const { tasks } = await mine.settle(settlements, 37)
          seen.push(...ids(tasks))
          if (tasks.length === 0) return
          settlements = tasks.map((each) => done(each))
        }
      }
      await Promise.all([drain(await worker()), drain(await worker())])
      expect(seen.sort()).toEqual(ids(all).sort())
      expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 0, held: 0 })
      expect((await broker.stats(queue)).succeeded).toBe(2_000)
    })
  })
}
