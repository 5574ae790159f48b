import type { Broker, Settlement } from 'pulsar-queue'
import { FAILURE } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import type { BrokerFixture } from './broker-fixture.js'
import { done, first, ids, RECLAIM, task } from './test-worker.js'

export function describeLeases(at: BrokerFixture): void {
  describe('leases', () => {
    let broker: Broker
    let queue: string
    const { worker, condemned } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('can be renewed while they are held, and never come back', async () => {
      const mine = await worker(10, 500)
      expect(await mine.broker.renew(queue, mine.id)).toBe('held')
      expect(await mine.broker.renew(queue, 'nobody')).toBe('lost')
      await condemned(mine)
      expect(await mine.broker.renew(queue, mine.id)).toBe('lost')
      await expect(mine.claim(1)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
    })

    it('are condemned by a second pass only, and a renewal in between saves them', async () => {
      const mine = await worker(10, 1_000)
      await until('the first look', async () =>
        (await broker.reclaim(queue, { ...RECLAIM, grace: 60_000 })).more ? true : undefined,
      )
      expect(await mine.broker.renew(queue, mine.id)).toBe('held')
      expect((await broker.reclaim(queue, { ...RECLAIM, grace: 0 })).condemned).toEqual([])
      expect(await mine.broker.renew(queue, mine.id)).toBe('held')
    })

    it('are reported as overdue to one of the workers that renew within a heartbeat, until nothing is left of them', async () => {
      const workers = await Promise.all(Array.from({ length: 5 }, async () => await worker(1, 600_000)))
      const renewed = async () =>
        await Promise.all(workers.map(async (each) => await each.broker.renew(queue, each.id)))
      expect(await renewed()).toEqual(workers.map(() => 'held'))
      const dead = await worker(1, 1)
      await broker.queue(queue, [task('a')])
      await dead.claim(1)
      const reports = await until('a report', async () => {
        const replies = (await renewed()).filter((each) => each !== 'held')
        return replies.length > 0 ? replies : undefined
      })
      expect(reports).toEqual(['overdue'])
      expect(await renewed()).toEqual(workers.map(() => 'held'))
      // Its heartbeat is 200 ms long: it is told again and again, for as long as nobody reclaims.
      const quick = await worker(1, 600)
      const report = async () => ((await quick.broker.renew(queue, quick.id)) === 'overdue' ? true : undefined)
      for (let i = 0; i < 3; i++) await until('a further report', report)
      await condemned(dead)
      expect(await quick.broker.renew(queue, quick.id)).toBe('held')
      for (let more = true; more;) ({ more } = await broker.reclaim(queue, { ...RECLAIM, grace: 60_000 }))
      expect(await broker.size(queue)).toEqual({ ready: 1, delayed: 0, held: 0 })
    })

    it('end with their tasks back at the head of the queue, in order, and later calls of their worker refused', async () => {
      const mine = await worker(2, 50)
      await broker.queue(
        queue,
        ['a', 'b', 'c', 'd', 'e'].map((id) => task(id)),
      )
      const claimed = await mine.claim(4)
      const { requeued } = await condemned(mine)
      expect(requeued).toBe(4)
      await expect(mine.settle([done(first(claimed))], 0)).rejects.toMatchObject({ code: 'PQ_LEASE_LOST' })
      const seen: string[] = []
      const other = await worker()
      for (let settlements: Settlement[] = []; seen.length < 5;) {
        const { tasks } = await other.settle(settlements, 10)
        // What ran in a process that died runs alone.
        if (tasks.some(({ id }) => id === 'a' || id === 'b')) expect(tasks).toHaveLength(1)
        seen.push(...ids(tasks))
        settlements = tasks.map((each) => done(each))
      }
      expect(seen.sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    it('count the crash of a task that ran alone, and fail it at the cap; its neighbours keep their count', async () => {
      const ends: string[] = []
      await broker.openInbox('me', (notice) => {
        if (notice.kind === 'done') ends.push(...notice.tasks.map(({ id }) => id))
      })
      await broker.queue(queue, [task('poison', { inbox: 'me' })])
      for (let crash = 1; crash <= 3; crash++) {
        const mine = await worker(1, 40)
        const claimed = first(await mine.claim(1))
        expect([claimed.run, claimed.crashes]).toEqual([1, crash - 1])
        const { failed } = await condemned(mine)
        expect(failed).toEqual(crash === 3 ? ['poison'] : [])
      }
      await until('the end', () => (ends.length === 1 ? true : undefined))
      const [record] = await broker.get(queue, ['poison'])
      expect([record?.header.status, String(record?.outcome)]).toEqual([FAILURE, RECLAIM.outcome])
      await broker.queue(queue, [task('x'), task('y')])
      const pair = await worker(2, 40)
      await pair.claim(2)
      await condemned(pair)
      expect((await broker.get(queue, ['x', 'y'])).map((each) => each?.header.crashes)).toEqual([0, 0])
    })

    it('blame no task that was held beside others, and suspect those that may have been running when their worker died', async () => {
      await broker.queue(queue, [task('kept')])
      const other = await worker()
      await other.claim(1)
      const mine = await worker(2, 40)
      await broker.queue(queue, [task('a'), task('b'), task('c'), task('low', { priority: 1 })])
      expect(ids(await mine.claim(4))).toEqual(['a', 'b', 'c', 'low'])
      // It came when the two slots may have been taken already, and goes before what waits for one.
      await broker.queue(queue, [task('urgent', { priority: 9 })])
      expect(ids(await mine.claim(1))).toEqual(['urgent'])
      await condemned(mine)
      // Suspects go to workers that hold nothing.
      expect(ids(await other.claim(10))).toEqual(['c', 'low'])
      const records = await broker.get(queue, ['a', 'b', 'c', 'low', 'urgent'])
      expect(records.map((each) => each?.header.crashes)).toEqual([0, 0, 0, 0, 0])
    })

    it('suspect only the first of tasks that were held for one slot', async () => {
      const mine = await worker(1, 40)
      await broker.queue(queue, [task('low', { priority: 1 }), task('plain'), task('high', { priority: 9 })])
      await mine.claim(3)
      await condemned(mine)
      const next = await worker()
      const alone = await next.claim(10)
      expect(alone.map(({ id, crashes }) => [id, crashes])).toEqual([['high', 0]])
      const { tasks } = await next.settle([done(first(alone))], 10)
      expect(ids(tasks)).toEqual(['plain', 'low'])
    })
  })
}
