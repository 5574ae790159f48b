import type { Broker } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BrokerFixture } from './broker-fixture.js'
import { done, first, task } from './test-worker.js'

export function describeTicks(at: BrokerFixture): void {
  describe('ticks', () => {
    let broker: Broker
    let queue: string
    const { open, worker } = at

    beforeEach(() => {
      ;({ broker, queue } = at)
    })

    it('are taken once, together with their task', async () => {
      expect(await broker.lastTicks(queue, ['a', 'b'])).toMatchObject({ last: [null, null] })
      const first = await broker.tick(queue, {
        job: 'a',
        expected: null,
        at: 1_000,
        schedule: 'every 1 ms',
        operation: 'none',
        task: null,
      })
      expect(first).toMatchObject({ queued: false, last: 1_000 })
      expect(Math.abs(first.now - Date.now())).toBeLessThan(5_000)
      const tick = { job: 'a', expected: 1_000, at: 2_000, schedule: 'cron * *  é', operation: 't1', task: task('t1') }
      expect(await broker.tick(queue, tick)).toMatchObject({ queued: true, last: 2_000 })
      expect(await broker.tick(queue, tick)).toMatchObject({ queued: true, last: 2_000 })
      expect(await broker.tick(queue, { ...tick, operation: 't2', task: task('t2') })).toMatchObject({
        queued: false,
        last: 2_000,
      })
      expect(await broker.tick(queue, { ...tick, expected: null })).toMatchObject({ last: 2_000 })
      expect(await broker.tick(queue, { ...tick, at: 3_000, operation: 't3', task: task('t3') })).toMatchObject({
        queued: false,
        last: 2_000,
      })
      const last = [null, { at: 2_000, schedule: 'cron * *  é' }]
      expect(await broker.lastTicks(queue, ['b', 'a'])).toMatchObject({ last })
      expect(await broker.size(queue)).toMatchObject({ ready: 1 })
      expect(await broker.stats(queue)).toMatchObject({ queued: 1 })
    })

    it('are told from those of other schedulers by the operation, where the tasks have the same id', async () => {
      const tick = { job: 'a', expected: null, at: 1_000, schedule: '', task: task('t', { checkDuplicate: true }) }
      expect(await broker.tick(queue, { ...tick, operation: 'one' })).toMatchObject({ queued: true, last: 1_000 })
      expect(await broker.tick(queue, { ...tick, operation: 'two' })).toMatchObject({ queued: false, last: 1_000 })
      expect(await broker.tick(queue, { ...tick, operation: 'one' })).toMatchObject({ queued: true, last: 1_000 })
      expect(await broker.size(queue)).toMatchObject({ ready: 1 })
    })

    it('move on and queue nothing where their task is known, live or finished', async () => {
      const tick = { job: 'a', schedule: '', task: task('t', { checkDuplicate: true }) }
      await broker.queue(queue, [tick.task])
      const live = await broker.tick(queue, { ...tick, expected: null, at: 1_000, operation: 'one' })
      expect(live).toMatchObject({ queued: false, last: 1_000 })
      expect(await broker.size(queue)).toMatchObject({ ready: 1 })
      const mine = await worker()
      await mine.settle([done(first(await mine.claim(1)))], 0)
      const finished = await broker.tick(queue, { ...tick, expected: 1_000, at: 2_000, operation: 'two' })
      expect(finished).toMatchObject({ queued: false, last: 2_000 })
      expect(await broker.size(queue)).toMatchObject({ ready: 0 })
      expect(await broker.stats(queue)).toMatchObject({ queued: 1 })
    })

    it('return the schedule of the last one, also where it stays the last one', async () => {
      const tick = { job: 'a', expected: null, at: 1_000, operation: 'one', task: null }
      await broker.tick(queue, { ...tick, schedule: 'one' })
      expect(await broker.lastTicks(queue, ['a'])).toMatchObject({ last: [{ at: 1_000, schedule: 'one' }] })
      const changed = { ...tick, expected: 1_000, schedule: 'two' }
      expect(await broker.tick(queue, changed)).toMatchObject({ last: 1_000, queued: false })
      expect(await broker.lastTicks(queue, ['a'])).toMatchObject({ last: [{ at: 1_000, schedule: 'two' }] })
    })

    it('are refused while the schedule is paused, and those of others are not', async () => {
      const operations = broker.operations()
      const tick = { job: 'a', schedule: 's', operation: 'one', expected: null, at: 1_000, task: task('t1') }
      expect(await operations?.pauseSchedule(queue, 'a', { by: 'ada', reason: 'why' })).toBe(false)
      await broker.tick(queue, tick)
      await broker.tick(queue, { ...tick, job: 'b', task: null })
      expect(await operations?.pauseSchedule(queue, 'a', { by: 'ada', reason: 'why "ä"\n' })).toBe(true)
      // The first pause stays.
      expect(await operations?.pauseSchedule(queue, 'a', { by: 'eve', reason: null })).toBe(true)
      expect(await operations?.pauseSchedule(queue, 'c', { by: 'ada', reason: null })).toBe(false)
      const since = expect.any(Number) as number
      const [a, b] = [
        { job: 'a', at: 1_000, schedule: 's' },
        { job: 'b', at: 1_000, schedule: 's' },
      ]
      const paused = { ...a, paused: { at: since, by: 'ada', reason: 'why "ä"\n' } }
      const known = (await operations?.schedules(queue)) ?? []
      expect([...known].sort((one, other) => (one.job < other.job ? -1 : 1))).toEqual([paused, b])
      expect(Math.abs((known.find(({ job }) => job === 'a')?.paused?.at ?? 0) - Date.now())).toBeLessThan(5_000)
      const next = { ...tick, expected: 1_000, at: 2_000, operation: 'two', task: task('t2') }
      const other = await open()
      for (const by of [broker, other]) {
        expect(await by.tick(queue, next)).toMatchObject({ queued: false, last: 1_000, paused: true })
        expect(await by.tick(queue, { ...next, task: null })).toMatchObject({
          queued: false,
          last: 1_000,
          paused: true,
        })
      }
      // One that was taken before the pause, and is sent again.
      expect(await broker.tick(queue, tick)).toMatchObject({ queued: true, last: 1_000 })
      expect(await broker.tick(queue, { ...next, job: 'b', task: null })).toMatchObject({ last: 2_000 })
      expect(await broker.lastTicks(queue, ['a', 'b'])).toMatchObject({ last: [{ at: 1_000 }, { at: 2_000 }] })
      for (let twice = 0; twice < 2; twice += 1) expect(await operations?.pauseSchedule(queue, 'a', null)).toBe(true)
      const resumed = await other.operations()?.schedules(queue)
      expect(resumed).toContainEqual({ ...a, resumedAt: since })
      expect(resumed).toContainEqual({ ...b, at: 2_000 })
      expect(resumed).toHaveLength(2)
      expect(await broker.tick(queue, next)).toMatchObject({ queued: true, last: 2_000 })
      expect(await broker.size(queue)).toMatchObject({ ready: 2 })
    })

    it('are taken before a pause or refused by it, where both come at once', async () => {
      const other = await open()
      const tick = { job: 'a', schedule: '', operation: 'zero', task: null }
      await broker.tick(queue, { ...tick, expected: null, at: 1_000 })
      for (let round = 1; round <= 20; round += 1) {
        const at = 1_000 + round
        const taken = { ...tick, expected: at - 1, at, operation: `o${String(round)}`, task: task(`t${String(round)}`) }
        const [reply] = await Promise.all([
          broker.tick(queue, taken),
          other.operations()?.pauseSchedule(queue, 'a', { by: 'ada', reason: null }),
        ])
        expect({ ...reply, isWhole: reply.queued !== (reply.paused === true) }).toMatchObject({
          isWhole: true,
          last: reply.queued ? at : at - 1,
        })
        const late = {
          ...taken,
          expected: reply.last,
          at: at + 1,
          operation: 'late',
          task: task(`late${String(round)}`),
        }
        expect(await broker.tick(queue, late)).toMatchObject({ queued: false, paused: true, last: reply.last })
        await other.operations()?.pauseSchedule(queue, 'a', null)
        if (!reply.queued) expect(await broker.tick(queue, taken)).toMatchObject({ queued: true, last: at })
      }
      expect(await broker.size(queue)).toMatchObject({ ready: 20 })
    })

    it('wake an idle worker, and each is taken by one of many schedulers', async () => {
      const idle = await worker()
      await idle.claim(1)
      const other = await open()
      const takers = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const by = i % 2 === 0 ? broker : other
          return await by.tick(queue, {
            job: 'a',
            expected: null,
            at: 5_000,
            schedule: '',
            operation: String(i),
            task: task(`t${String(i)}`),
          })
        }),
      )
      expect(takers.filter(({ queued }) => queued)).toHaveLength(1)
      expect(takers.every(({ last }) => last === 5_000)).toBe(true)
      await idle.woken()
      expect(await idle.claim(5)).toHaveLength(1)
    })
  })
}
