import type { ActPlace, Broker, OperationsStore, RestoredTask } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BrokerFixture } from './broker-fixture.js'
import { first, ids, release, task } from './test-worker.js'

const WAITING: readonly ActPlace[] = ['ready', 'delayed']
/** More than one call of a store takes. */
const MANY = 1_300

const names = (count: number, prefix = 't'): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(5, '0')}`)

/** Always the same order, in which neighbours are far from each other. */
const scattered = (all: readonly string[]): string[] => all.map((_, i) => all[(i * 607) % all.length] ?? '')

export function describePrioritizing(at: BrokerFixture): void {
  describe('many tasks taken out of their places', () => {
    let broker: Broker
    let operations: OperationsStore
    let queue: string

    beforeEach(() => {
      ;({ broker, queue, operations } = at)
    })

    /** All that is ready, in its order; then nothing is left. */
    const drain = async (): Promise<string[]> => {
      const mine = await at.worker(100_000)
      const claimed: string[] = []
      for (;;) {
        const tasks = ids(await mine.claim(1_000))
        if (tasks.length === 0) return claimed
        claimed.push(...tasks)
      }
    }

    const queueAgain = async (again: readonly string[], priority: number): Promise<void> => {
      await broker.queue(
        queue,
        again.map((id) => task(id, { priority, checkDuplicate: true })),
      )
    }

    const dropAll = async (dropped: readonly string[]): Promise<void> => {
      const done = await operations.drop(queue, dropped, `drop ${queue}`, WAITING)
      expect(done.every(Boolean)).toBe(true)
    }

    it.each<[order: string, of: (all: string[]) => string[]]>([
      ['their own order', (all) => all],
      ['the reverse order', (all) => all.toReversed()],
      ['another order', scattered],
      ['their own order, with some left between them', (all) => all.filter((_, i) => i % 3 !== 0)],
    ])('get a priority in %s, behind those that have it, and others stay where they are', async (_order, of) => {
      const all = names(MANY)
      const [before, high] = [names(3, 'before'), names(2, 'high')]
      await broker.queue(
        queue,
        [...before, ...all].map((id) => task(id)),
      )
      await broker.queue(
        queue,
        high.map((id) => task(id, { priority: 7 })),
      )
      const moved = of(all)
      const done = await operations.prioritize(queue, moved, 7, WAITING)
      expect(done).toEqual(moved.map(() => true))
      const others = all.filter((id) => !new Set(moved).has(id))
      expect(await drain()).toEqual([...high, ...moved, ...before, ...others])
    })

    it('get a priority from several others, one of them more than once, and those that are not there are passed by', async () => {
      const groups = [1, 5, 9].map((priority) => ({ priority, all: names(300, `p${String(priority)}-`) }))
      for (const { priority, all } of groups)
        await broker.queue(
          queue,
          all.map((id) => task(id, { priority })),
        )
      const mixed = names(300, '').flatMap((name) => groups.map(({ priority }) => `p${String(priority)}-${name}`))
      const named = [...mixed, 'nobody', first(mixed)]
      const done = await operations.prioritize(queue, named, 4, WAITING)
      expect(done).toEqual(named.map((id) => id !== 'nobody'))
      expect(await drain()).toEqual(mixed)
    })

    it('get a priority again and again', async () => {
      const all = names(600)
      await broker.queue(
        queue,
        all.map((id) => task(id)),
      )
      await operations.prioritize(queue, all, 6, WAITING)
      await operations.prioritize(queue, all.toReversed(), 2, WAITING)
      await operations.prioritize(queue, scattered(all), 6, WAITING)
      expect(await drain()).toEqual(scattered(all))
    })

    it.each([2, 4, 8])('are queued under their ids once more, at %i, and then get a priority', async (priority) => {
      const all = names(450)
      await broker.queue(
        queue,
        all.map((id) => task(id)),
      )
      const again = all.filter((_, i) => i % 2 === 0)
      await dropAll(again)
      await queueAgain(again, priority)
      const moved = again.filter((_, i) => i % 2 === 0)
      expect(await operations.prioritize(queue, moved, 6, WAITING)).toEqual(moved.map(() => true))
      const rest = again.filter((id) => !new Set(moved).has(id))
      const others = all.filter((id) => !new Set(again).has(id))
      const levels: [number, string[]][] = [[6, moved]]
      if (priority === 4) levels.push([4, [...others, ...rest]])
      else levels.push([4, others], [priority, rest])
      const order = levels.sort(([a], [b]) => b - a).flatMap(([, level]) => level)
      expect(await drain()).toEqual(order)
      expect(await broker.size(queue)).toMatchObject({ ready: 0, delayed: 0 })
    })

    it.each<[order: string, of: (all: string[]) => string[]]>([
      ['their own order', (all) => all],
      ['the reverse order', (all) => all.toReversed()],
      ['another order', scattered],
    ])('are restored in %s where they were dropped, and stand behind those that wait', async (_order, of) => {
      const all = names(450)
      await broker.queue(
        queue,
        all.map((id) => task(id)),
      )
      const dropped = of(all).filter((_, i) => i % 3 !== 0)
      const records = await broker.get(queue, dropped)
      await dropAll(dropped)
      const restored = records.map((record): RestoredTask => {
        if (record === null) throw new Error('expected a record')
        return { record, isOver: false, isListed: false, ttl: 60_000 }
      })
      expect((await operations.restore(queue, restored)).every(Boolean)).toBe(true)
      expect(await broker.size(queue)).toEqual({ ready: all.length, delayed: 0, held: 0 })
      const others = all.filter((id) => !new Set(dropped).has(id))
      expect(await drain()).toEqual([...others, ...dropped])
    })

    it('keep their order where one of them was given back by a worker', async () => {
      const all = names(20)
      await broker.queue(
        queue,
        all.map((id) => task(id)),
      )
      const mine = await at.worker()
      const claimed = await mine.claim(3)
      await mine.settle(
        claimed.map((each) => release(each)),
        0,
      )
      expect(await operations.prioritize(queue, all.slice(1, 5), 3, WAITING)).toEqual([true, true, true, true])
      expect(await drain()).toEqual([...all.slice(0, 1), ...all.slice(5), ...all.slice(1, 5)])
    })
  })
}
