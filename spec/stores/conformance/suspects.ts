import type { Broker, SettleReply } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import type { TestWorker } from './test-worker.js'
import { done, ids, task } from './test-worker.js'

export function describeSuspects(at: BrokerFixture): void {
  describe('suspects', () => {
    let broker: Broker
    let queue: string
    const { worker, condemned } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    /** A worker that holds tasks of those ids, in this order. */
    const holding = async (...names: string[]): Promise<TestWorker> => {
      const mine = await worker()
      await broker.queue(
        queue,
        names.map((id) => task(id)),
      )
      expect(ids(await mine.claim(names.length))).toEqual(names)
      return mine
    }

    /** A worker of as many slots claims that many tasks, and dies. @returns the tasks */
    const dies = async (slots: number): Promise<string[]> => {
      const mine = await worker(slots, 40)
      const claimed = ids(await mine.claim(slots))
      await condemned(mine)
      return claimed
    }

    /** Claims until a task comes. */
    const whenTaken = async (mine: TestWorker, max: number): Promise<SettleReply> =>
      await until('a suspect', async () => {
        const reply = await mine.settle([], max)
        return reply.tasks.length > 0 ? reply : undefined
      })

    it('run together in a worker that holds nothing, as many as the root of their number; alone after a second death', async () => {
      const names = Array.from({ length: 10 }, (_, i) => `t${String(i)}`)
      await broker.queue(
        queue,
        names.map((id) => task(id)),
      )
      expect(await dies(9)).toEqual(names.slice(0, 9))
      expect(await dies(9)).toEqual(['t0', 't1', 't2'])
      const next = await worker()
      const seen: string[][] = []
      for (let last = await next.claim(10); last.length > 0;) {
        seen.push(ids(last))
        // Nothing is claimed beside them.
        expect(await next.claim(10)).toEqual([])
        last = (
          await next.settle(
            last.map((each) => done(each)),
            10,
          )
        ).tasks
        if (ids(last).includes('t9')) break
      }
      expect(seen).toEqual([['t0'], ['t1'], ['t2'], ['t3', 't4', 't5'], ['t6', 't7', 't8']])
      expect((await broker.stats(queue)).failed).toBe(0)
    })

    it('run beside any other tasks where no worker is empty for two seconds, which workers are told', async () => {
      const busy = await holding('long')
      await broker.queue(queue, [task('a'), task('b')])
      await dies(2)
      await broker.queue(queue, [task('plain')])
      const { tasks, nextDue } = await busy.settle([], 5)
      expect(ids(tasks)).toEqual(['plain'])
      expect(nextDue).toBeGreaterThan(0)
      expect(nextDue).toBeLessThanOrEqual(2_001)
      expect(ids((await whenTaken(busy, 5)).tasks)).toEqual(['a', 'b'])
      await broker.queue(queue, [task('more')])
      expect(ids(await busy.claim(5))).toEqual(['more'])
    })

    it('wake a worker that holds something where none is empty, so that it looks when they run beside others', async () => {
      const busy = await holding('long')
      await broker.queue(queue, [task('a'), task('b')])
      await dies(2)
      expect(await busy.claim(5)).toEqual([])
      busy.notices.length = 0
      await broker.queue(queue, [task('c'), task('d')])
      await busy.woken()
      // It has looked, and is idle.
      expect(ids(await busy.claim(2))).toEqual(['c', 'd'])
    })

    it('that have died alone hold one worker back until that is empty, and no other one', async () => {
      const [one, other] = [await holding('long 1'), await holding('long 2')]
      await broker.queue(queue, [task('suspect')])
      expect(await dies(1)).toEqual(['suspect'])
      let queued = 0
      const claim = async (mine: TestWorker): Promise<boolean> => {
        await broker.queue(queue, [task(`plain ${String(++queued)}`)])
        return (await mine.claim(1)).length > 0
      }
      const held = await until('a worker to be held back', async () => {
        for (const mine of [one, other]) if (!(await claim(mine))) return mine
        return undefined
      })
      const free = held === one ? other : one
      for (let i = 0; i < 3; i++) {
        expect(await claim(free)).toBe(true)
        expect(await claim(held)).toBe(false)
      }
    })

    it('that have to run alone hold another worker back where that one is empty, and claims nothing', async () => {
      const workers = [await holding('long 0'), await holding('long 1')]
      const held = workers.map((_, i) => [`long ${String(i)}`])
      await broker.queue(queue, [task('suspect')])
      await dies(1)
      let queued = 0
      /** The first of these workers that gets none of the tasks that are ready. */
      const heldBack = async (...places: number[]): Promise<number> =>
        await until('a worker to be held back', async () => {
          for (const place of places) {
            await broker.queue(queue, [task(`plain ${String(++queued)}`)])
            const got = ids((await workers[place]?.claim(1)) ?? [])
            if (got.length === 0) return place
            held[place]?.push(...got)
          }
          return undefined
        })
      const chosen = await heldBack(0, 1)
      await broker.revoke(queue, held[chosen] ?? [], '{}', 1)
      expect(await heldBack(1 - chosen)).toBe(1 - chosen)
    })

    it('go to a worker as soon as it holds nothing, however long they have waited', async () => {
      const busy = await holding('long')
      await broker.queue(queue, [task('suspect')])
      await dies(1)
      await broker.queue(queue, [task('plain')])
      expect(ids(await busy.claim(5))).toEqual(['plain'])
      await broker.revoke(queue, ['long', 'plain'], '{}', 1)
      expect(ids(await busy.claim(5))).toEqual(['suspect'])
    })
  })
}
