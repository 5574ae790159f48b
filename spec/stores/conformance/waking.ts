import type { Broker, Settlement } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import type { TestWorker } from './test-worker.js'
import { done, first, ids, release, task } from './test-worker.js'

export function describeWaking(at: BrokerFixture): void {
  describe('waking', () => {
    let broker: Broker
    let queue: string
    const { worker } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('wakes an idle worker when tasks are queued, released or due sooner, when a worker leaves, and when the queue is resumed', async () => {
      const mine = await worker()
      await mine.claim(1)
      await broker.queue(queue, [task('a')])
      await mine.woken()
      const claimed = first(await mine.claim(2))
      const other = await worker()
      await other.claim(1)
      await mine.settle([release(claimed)], 0)
      await Promise.race([mine.woken(), other.woken()])
      const holder = (await mine.claim(1)).length === 1 ? mine : other
      if (holder === other) await other.claim(1)
      const idle = holder === mine ? other : mine
      await idle.claim(1)
      await holder.broker.leave(queue, holder.id)
      await idle.woken()
      await idle.claim(1)
      await broker.pause(queue)
      await broker.queue(queue, [task('b')])
      const third = await worker()
      expect(await third.claim(1)).toEqual([])
      await broker.resume(queue)
      await third.woken()
      await third.claim(2)
      await broker.queue(queue, [task('soon', { delay: 30_000 })])
      await third.woken()
    })

    it('wakes a worker for a delayed task when the one that it waited for has gone', async () => {
      const mine = await worker()
      await mine.claim(1)
      await broker.queue(queue, [task('gone', { delay: 30_000 })])
      await mine.woken()
      expect(await mine.claim(1)).toEqual([])
      await broker.revoke(queue, ['gone'], '{}', 1)
      expect((await mine.settle([], 1)).nextDue).toBe(null)
      await broker.queue(queue, [task('later', { delay: 60_000 })])
      await mine.woken()
    })

    it('wakes as many workers as there are tasks', async () => {
      const workers = [await worker(), await worker(), await worker()]
      for (const each of workers) await each.claim(1)
      await broker.queue(queue, [task('a'), task('b')])
      await until('two wakes', () =>
        workers.filter(({ notices }) => notices.length > 0).length === 2 ? true : undefined,
      )
    })

    it('says how many workers are idle to those that are', async () => {
      const claim = async (id: string, max = 1) => {
        await broker.join(queue, { id, slots: 1, leaseTtl: 60_000 })
        return await broker.settle({ queue, worker: id, lane: 0, seq: 1 }, [], max)
      }
      expect((await claim('host:1:a')).idle).toBe(1)
      expect((await claim('host:2:b')).idle).toBe(2)
      expect((await claim('host:3:c', 0)).idle).toBe(0)
      await broker.leave(queue, 'host:2:b')
      expect((await claim('host:4:d')).idle).toBe(2)
      let last = 0
      // A store may estimate the length of a long list.
      for (let i = 0; i < 198; i += 1) last = (await claim(`host:${String(100 + i)}:longer`)).idle ?? 0
      expect(last).toBeGreaterThanOrEqual(180)
      expect(last).toBeLessThanOrEqual(400)
    })

    /** The notices of a worker that holds a task, up to the news that the task was revoked: all that were sent before. */
    const heardBefore = async (mine: TestWorker, id: string): Promise<string[]> => {
      // While the queue is paused, a revocation wakes nobody, however late it comes.
      await broker.pause(queue)
      await broker.revoke(queue, [id], '{}', 1)
      const kinds = () => mine.notices.map(({ kind }) => kind)
      await until('the revocation', () => (kinds().includes('revoked') ? true : undefined))
      return kinds()
    }

    it('counts the slots that are free after the claim, and of no worker more than it has asked for', async () => {
      const [one, two, three] = [await worker(), await worker(), await worker()]
      await broker.queue(queue, [task('a'), task('b'), task('c')])
      const claimedAhead = await one.broker.settle({ ...one.call(), freeSlots: 3 }, [], 40)
      expect(ids(claimedAhead.tasks)).toEqual(['a', 'b', 'c'])
      // One has no free slot any more, and counts for one task; two has asked for one; three can take the others.
      await two.broker.settle({ ...two.call(), freeSlots: 10 }, [], 1)
      await three.claim(5)
      await broker.queue(queue, [task('d'), task('e'), task('f')])
      await Promise.all([one.woken(), two.woken(), three.woken()])
    })

    it('wakes those first that have waited longest, and one that looks again keeps its place', async () => {
      const [one, two] = [await worker(), await worker()]
      await broker.queue(queue, [task('x')])
      expect(ids(await two.claim(1))).toEqual(['x'])
      await one.claim(1)
      await two.claim(1)
      await one.claim(1)
      await broker.queue(queue, [task('a')])
      await one.woken()
      expect(await heardBefore(two, 'x')).toEqual(['revoked'])
    })

    it('wakes nobody for tasks for which others are on their way, neither when tasks are queued nor when one claims', async () => {
      const [one, two, three] = [await worker(), await worker(), await worker()]
      await broker.queue(queue, [task('x')])
      expect(ids(await three.claim(1))).toEqual(['x'])
      await one.claim(1)
      await two.claim(2)
      await three.claim(1)
      // By one client, so that the calls reach the store together and in order, and nobody is overdue in between.
      const [, , { tasks }] = await Promise.all([
        broker.queue(queue, [task('a'), task('b')]),
        broker.queue(queue, [task('c')]),
        broker.settle(one.call(), [], 1),
      ])
      expect(ids(tasks)).toEqual(['a'])
      await Promise.all([one.woken(), two.woken()])
      expect(await heardBefore(three, 'x')).toEqual(['revoked'])
    })

    it('lets another idle worker look at the due time of a task that one cannot run, and each of them in turn', async () => {
      const [one, two, three] = [await worker(), await worker(), await worker()]
      for (const each of [one, two, three]) await each.claim(2)
      await broker.queue(queue, [task('a')])
      await one.woken()
      let holder = one
      // Whoever cannot run it is the last of those that are told of the due time.
      for (const next of [two, three]) {
        const claimed = await until('the task to be due', async () => (await holder.claim(1))[0])
        await holder.settle([{ kind: 'release', task: claimed, delay: 1, forOthers: true }], 2)
        await next.woken()
        holder = next
      }
      expect([one, two, three].flatMap(({ notices }) => notices)).toEqual([])
    })

    it('tells a worker of the due time of a task that it cannot run where no other is idle', async () => {
      const mine = await worker()
      await broker.queue(queue, [task('x'), task('a')])
      const [, claimed] = await mine.claim(2)
      const settlement: Settlement = {
        kind: 'release',
        task: first(claimed ? [claimed] : []),
        delay: 60_000,
        forOthers: true,
      }
      expect((await mine.settle([settlement], 1)).nextDue).toBeGreaterThan(0)
      // It looks then, so that nobody need be woken for a task that is due later.
      await broker.queue(queue, [task('b', { delay: 90_000 })])
      expect(await heardBefore(mine, 'x')).toEqual(['revoked'])
    })

    it('passes a wake on when the woken worker has no room', async () => {
      const [one, two] = [await worker(), await worker()]
      await one.claim(1)
      await two.claim(1)
      await broker.queue(queue, [task('a')])
      await one.woken()
      await one.settle([], 0)
      await two.woken()
      expect(ids(await two.claim(1))).toEqual(['a'])
    })

    it('loses no wake when tasks come in while a worker becomes idle', async () => {
      const mine = await worker()
      let settlements: Settlement[] = []
      let ended = 0
      let looking = true
      const look = async (): Promise<void> => {
        while (ended < 200) {
          if (looking) {
            looking = false
            const { tasks } = await mine.settle(settlements, 5)
            settlements = tasks.map((each) => done(each))
            ended += tasks.length
            if (tasks.length > 0) looking = true
          } else await mine.woken().then(() => (looking = true))
        }
      }
      const queueAll = async (): Promise<void> => {
        for (let i = 0; i < 200; i++) await broker.queue(queue, [task(`t${String(i)}`)])
      }
      await Promise.all([look(), queueAll()])
      expect(ended).toBe(200)
    })
  })
}
