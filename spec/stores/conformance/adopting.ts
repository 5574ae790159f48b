import type { Broker, ClaimedTask } from 'pulsar-queue'
import { SUCCESS } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BrokerFixture } from './broker-fixture.js'
import { done, task } from './test-worker.js'

export function describeAdopting(at: BrokerFixture): void {
  describe('adopting', () => {
    let broker: Broker
    let queue: string
    const { worker, status } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('leaves a worker all that it holds, under the fences of its claims, where nothing was forgotten', async () => {
      await broker.queue(queue, [task('a'), task('b')])
      const mine = await worker()
      const tasks = (await mine.claim(2)) as [ClaimedTask, ClaimedTask]
      const topFence = Math.max(...tasks.map(({ fence }) => fence))
      const reply = await mine.broker.adopt(queue, mine.id, { slots: 10, ttl: 10_000, topFence, tasks })
      expect(reply).toEqual({ lease: 'held', verdicts: ['held', 'held'], topFence })
      expect(await mine.broker.held(queue, mine.id, tasks)).toEqual([true, true])
      expect(await broker.size(queue)).toEqual({ ready: 0, delayed: 0, held: 2 })
      const settled = await mine.settle(
        tasks.map((each) => done(each)),
        0,
      )
      expect(settled.verdicts).toEqual(['recorded', 'recorded'])
      expect(await status('a')).toBe(SUCCESS)
    })

    it('ends nothing by itself: its history is the same until it says otherwise', async () => {
      const mine = await worker()
      await mine.broker.history.ask(queue)
      expect(mine.broker.history.isOver(mine.id)).toBe(false)
    })
  })
}
