import type { Broker } from 'pulsar-queue'
import { QUEUED } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BrokerFixture } from './broker-fixture.js'
import { done, first, ids, RECLAIM, task, TestWorker } from './test-worker.js'

export function describeQueues(at: BrokerFixture): void {
  describe('queues', () => {
    let broker: Broker
    let queue: string
    const { open, worker } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('can be paused, measured and listed, and are flushed once for an operation', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a'), task('b'), task('late', { delay: 60_000 })])
      await broker.pause(queue)
      const { tasks, paused } = await mine.settle([], 1)
      expect([tasks, paused]).toEqual([[], true])
      await broker.resume(queue)
      await mine.claim(1)
      expect(await broker.size(queue)).toEqual({ ready: 1, delayed: 1, held: 1 })
      expect(await broker.flush(queue, `flush ${queue}`)).toBe(2)
      await broker.queue(queue, [task('after')])
      expect(await broker.flush(queue, `flush ${queue}`)).toBe(2)
      expect(await broker.size(queue)).toEqual({ ready: 1, delayed: 0, held: 1 })
      expect(await broker.queues()).toContain(queue)
      expect(await broker.stats(queue)).toMatchObject({ queued: 4, succeeded: 0 })
    })

    it('take calls in the order in which they are made, though nobody waits for an answer', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('a')])
      const answers = await Promise.all([
        broker.pause(queue),
        broker.resume(queue),
        broker.queue(queue, [task('b', { delay: 60_000 })]),
        broker.promote(queue, ['b']),
        broker.queue(queue, [task('c')]),
        broker.flush(queue, `flush ${queue}`),
        broker.queue(queue, [task('d')]),
        broker.resume(queue),
        broker.pause(queue),
      ])
      expect([answers[3], answers[5]]).toEqual([[true], 3])
      expect(await mine.settle([], 5)).toMatchObject({ tasks: [], paused: true })
      await broker.resume(queue)
      expect(ids(await mine.claim(5))).toEqual(['d'])
    })

    it('are not paused after a pause and a resume at once, whether or not the store knows them', async () => {
      for (const name of [queue, `${queue}-new`]) {
        if (name === queue) await broker.queue(name, [task('a')])
        await Promise.all([broker.pause(name), broker.resume(name)])
        const mine = await new TestWorker(broker, name).join()
        expect((await mine.settle([], 1)).paused, name).toBe(false)
      }
    })

    it('are independent of each other', async () => {
      const other = `${queue} other`
      await broker.queue(queue, [task('a')])
      await broker.queue(other, [task('a')])
      const mine = await worker()
      await mine.settle([done(first(await mine.claim(1)))], 0)
      expect((await broker.get(other, ['a']))[0]?.header.status).toBe(QUEUED)
    })

    it.each<[verb: string, call: (broker: Broker, queue: string) => Promise<unknown>]>([
      ['reclaim', async (it, unknown) => await it.reclaim(unknown, RECLAIM)],
      ['leave', async (it, unknown) => await it.leave(unknown, 'w')],
      ['renew', async (it, unknown) => await it.renew(unknown, 'w')],
      ['held', async (it, unknown) => await it.held(unknown, 'w', [{ id: 'a', fence: 1 }])],
      ['progress', async (it, unknown) => await it.progress(unknown, 'w', [{ id: 'a', fence: 1, progress: '1' }])],
      ['revoke', async (it, unknown) => await it.revoke(unknown, ['a'], '{}', 1)],
      ['promote', async (it, unknown) => await it.promote(unknown, ['a'])],
      ['flush', async (it, unknown) => await it.flush(unknown, `flush ${unknown}`)],
      [
        'resume',
        async (it, unknown) => {
          await it.resume(unknown)
        },
      ],
      ['get', async (it, unknown) => await it.get(unknown, ['a'], 'inbox')],
      ['isConsumed', async (it, unknown) => await it.isConsumed(unknown)],
      ['size', async (it, unknown) => await it.size(unknown)],
      ['stats', async (it, unknown) => await it.stats(unknown)],
      ['lastTicks', async (it, unknown) => await it.lastTicks(unknown, ['job'])],
    ])('are not made by %s: one that was forgotten stays so', async (_verb, call) => {
      await call(broker, `${queue} unknown`)
      expect(await broker.queues()).not.toContain(`${queue} unknown`)
    })

    it('belong to a broker that can be closed twice, and then refuses calls', async () => {
      const another = await open()
      await another.close()
      await another.close()
      await expect(another.queue(queue, [task('a')])).rejects.toMatchObject({ code: 'PQ_CLOSED' })
    })
  })
}
