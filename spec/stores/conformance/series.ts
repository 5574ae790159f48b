import type { Broker, Observation, OperationsStore, RunCounts, StoredPoint } from 'pulsar-queue'
import { FAILURE } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/until.js'
import { noCounts } from '../../../lib/model/run-counts.js'
import { ratesOf } from '../../../lib/operate/queue-rates.js'
import type { BrokerFixture } from './broker-fixture.js'
import { done, first, RECLAIM, task } from './test-worker.js'

const MINUTE = 60_000

/** Counts with some buckets. */
const counts = (more: Partial<RunCounts>, buckets: Readonly<Record<number, number>> = {}): RunCounts => {
  const filled = noCounts().wait.map((_, bucket) => buckets[bucket] ?? 0)
  return { ...noCounts(), ...more, wait: filled, run: filled }
}

export function describeSeries(at: BrokerFixture): void {
  describe('series', () => {
    let broker: Broker
    let operations: OperationsStore
    let queue: string
    let seq = 0

    beforeEach(() => {
      ;({ broker, queue, operations } = at)
    })

    const observation = (jobs: Readonly<Record<string, RunCounts>>, more: Partial<Observation> = {}): Observation => ({
      worker: 'w',
      seq: ++seq,
      jobs: new Map(Object.entries(jobs)),
      ended: [],
      isComplete: true,
      ...more,
    })

    const points = async (job: string | null, step: '1m' | '10m' | '1h' = '1m'): Promise<readonly StoredPoint[]> => {
      const to = Date.now() + MINUTE
      const query = { jobs: [job], step, from: to - 30 * MINUTE, to, isWatching: false }
      return (await operations.series(queue, query))[0] ?? []
    }

    /** Sums over all points: the specs may run over the end of a minute. */
    const sums = async (job: string | null, step: '1m' | '10m' | '1h' = '1m') => {
      const all = await points(job, step)
      const of = (name: 'succeeded' | 'failed' | 'revoked' | 'retried' | 'waitSum' | 'runSum'): number =>
        all.reduce((sum, point) => sum + point.counts[name], 0)
      const bucket = (index: number): number => all.reduce((sum, point) => sum + (point.counts.wait[index] ?? 0), 0)
      return {
        ends: [of('succeeded'), of('failed'), of('revoked'), of('retried')],
        times: [of('waitSum'), of('runSum')],
        buckets: Array.from({ length: 21 }, (_, index) => bucket(index)),
      }
    }

    it('are empty where nobody has told of anything', async () => {
      expect(await points(null)).toEqual([])
      expect(await points('mail.send')).toEqual([])
      expect(await operations.totals(queue)).toEqual([])
      expect(await operations.list(queue, 'recent', null, 10)).toMatchObject({ records: [], isSampled: false })
      expect((await operations.inspect(queue)).samples).toEqual([])
      expect(await operations.observe(queue, observation({}))).toEqual({ isWatched: false })
    })

    it('add up what workers tell, in all three rings, by job and of the whole queue', async () => {
      const send = counts({ succeeded: 2, failed: 1, waitSum: 70, runSum: 9_000 }, { 0: 1, 5: 2 })
      await operations.observe(
        queue,
        observation({ 'mail.send': send, 'a, {b}:ä %': counts({ retried: 3 }, { 20: 3 }) }),
      )
      await operations.observe(queue, observation({ 'mail.send': send }, { worker: 'other' }))
      for (const step of ['1m', '10m', '1h'] as const) {
        expect(await sums('mail.send', step)).toMatchObject({ ends: [4, 2, 0, 0], times: [140, 18_000] })
        expect(await sums('a, {b}:ä %', step)).toMatchObject({ ends: [0, 0, 0, 3] })
        expect(await sums(null, step)).toMatchObject({ ends: [4, 2, 0, 3], times: [140, 18_000] })
      }
      const { buckets } = await sums(null)
      expect([buckets[0], buckets[5], buckets[20]]).toEqual([2, 4, 3])
      const totals = await operations.totals(queue)
      expect(totals.map(({ job, counts: each }) => [job, each.succeeded, each.failed, each.retried])).toEqual([
        ['a, {b}:ä %', 0, 0, 3],
        ['mail.send', 4, 2, 0],
      ])
      expect(totals[0]?.lastSuccess).toBeNull()
      expect(totals[1]?.lastSuccess).toBeGreaterThan(Date.now() - MINUTE)
    })

    it('count an observation once, however often it is sent', async () => {
      const told = observation({ 'mail.send': counts({ succeeded: 1 }) }, { ended: ['x'] })
      for (let i = 0; i < 3; i += 1) await operations.observe(queue, told)
      expect((await sums('mail.send')).ends).toEqual([1, 0, 0, 0])
      expect((await operations.totals(queue))[0]?.counts.succeeded).toBe(1)
      await operations.observe(queue, { ...told, seq: ++seq })
      expect((await sums('mail.send')).ends).toEqual([2, 0, 0, 0])
    })

    it('have a sample of the queue in each interval', async () => {
      const mine = await at.worker()
      const [reply] = await broker.queue(queue, [task('a'), task('b'), task('c', { delay: 60_000 })])
      await mine.claim(1)
      await operations.observe(queue, observation({}))
      await broker.queue(queue, [task('d')])
      await operations.observe(queue, observation({}))
      const [point] = await points(null, '1h')
      const sample = point?.sample
      expect(sample).toMatchObject({ ready: 1, delayed: 1, held: 1, stats: { queued: 3, succeeded: 0 } })
      expect(sample?.oldestReady).toBeGreaterThanOrEqual(0)
      expect(sample?.at).toBeGreaterThanOrEqual(reply?.queuedAt ?? Infinity)
      expect(point?.at).toBe(Math.floor((sample?.at ?? 0) / (60 * MINUTE)) * 60 * MINUTE)
    })

    it('have the last look of each ten seconds for the rates, from the first one on', async () => {
      expect((await operations.inspect(queue)).isWhole).not.toBe(true)
      await broker.queue(queue, [task('a'), task('b')])
      for (let i = 0; i < 12; i += 1) await operations.observe(queue, observation({}))
      const look = await operations.inspect(queue)
      expect(look).toMatchObject({ isWhole: true, stats: { queued: 2 } })
      const fine = look.samples.filter(({ interval }) => interval === 10_000)
      expect(new Set(fine.map(({ at: when }) => Math.floor(when / 10_000))).size).toBe(fine.length)
      expect(look.samples.map(({ at: when }) => when)).toEqual(
        look.samples.map(({ at: when }) => when).sort((a, b) => b - a),
      )
      expect(fine[0]?.at).toBeGreaterThan(look.now - MINUTE)
    })

    it('give the rates of what has ended in the last minute, and of that alone', async () => {
      const mine = await at.worker()
      await broker.queue(queue, [task('a'), task('b'), task('c')])
      await mine.settle(
        (await mine.claim(3)).map((each) => done(each, { status: FAILURE })),
        0,
      )
      await operations.observe(queue, observation({ 'mail.send': counts({ failed: 3 }) }))
      await broker.queue(queue, [task('d')])
      await mine.settle([done(first(await mine.claim(1)))], 0)
      await operations.observe(queue, observation({ 'mail.send': counts({ succeeded: 1 }) }))
      const look = await operations.inspect(queue)
      // As the counters stand, some time later.
      const later = (seconds: number): ReturnType<typeof ratesOf> =>
        ratesOf({ ...look, now: look.now + seconds * 1_000 })
      for (const seconds of [0, 10, 25, 45]) {
        expect(later(seconds)).toMatchObject({ ended: 4 / 60, failed: 3 / 60 })
      }
      expect(later(90)).toMatchObject({ ended: 0, failed: 0 })
    })

    it('say whether somebody looks', async () => {
      const look = { jobs: [null], step: '1m' as const, from: 0, to: Infinity }
      await operations.series(queue, { ...look, isWatching: false })
      expect(await operations.observe(queue, observation({}))).toEqual({ isWatched: false })
      await operations.series(queue, { ...look, isWatching: true })
      expect(await operations.observe(queue, observation({}))).toEqual({ isWatched: true })
    })

    it('count all jobs beyond the first 200 together', async () => {
      const jobs = Object.fromEntries(
        Array.from({ length: 203 }, (_, i) => [`job-${String(i)}`, counts({ succeeded: 1 })]),
      )
      await operations.observe(queue, observation(jobs))
      const totals = await operations.totals(queue)
      const other = totals.find(({ job }) => job === '_other')
      expect(totals.length).toBe(201)
      expect(other?.counts.succeeded).toBe(3)
      expect((await sums('_other')).ends).toEqual([3, 0, 0, 0])
      expect((await sums(null)).ends).toEqual([203, 0, 0, 0])
    })

    it('list what has ended of late, the last one first, and say whether some are missing', async () => {
      const mine = await at.worker(200)
      const ids = Array.from({ length: 120 }, (_, i) => `t${String(i)}`)
      await broker.queue(
        queue,
        ids.map((id) => task(id)),
      )
      const claimed = await mine.claim(200)
      await mine.settle(
        claimed.map((each) => done(each)),
        0,
      )
      await operations.observe(queue, observation({}, { ended: ids.slice(0, 60) }))
      const page = await operations.list(queue, 'recent', null, 3)
      expect(page.records.map(({ header }) => header.id)).toEqual(['t59', 't58', 't57'])
      expect([page.cursor, page.isSampled]).toEqual([null, false])
      await operations.observe(queue, observation({}, { ended: ids.slice(60, 119), isComplete: false }))
      const all = await operations.list(queue, 'recent', null, 500)
      expect([all.records.length, all.records[0]?.header.id, all.records[99]?.header.id]).toEqual([100, 't118', 't19'])
      expect(all.isSampled).toBe(true)
      // What has no record any more is passed over.
      await operations.observe(queue, observation({}, { ended: ['gone'] }))
      expect((await operations.list(queue, 'recent', null, 500)).records.length).toBe(99)
    })

    it('have the ends that no worker sees: revoked tasks, and those that crash their workers', async () => {
      const mine = await at.worker(1, 200)
      await broker.queue(queue, [task('a', { job: 'mail.send' })])
      expect(first(await mine.claim(1)).id).toBe('a')
      await broker.queue(queue, [
        task('b', { job: 'mail.send' }),
        task('c', { job: 'b, c' }),
        task('d', { job: 'b, c' }),
      ])
      await broker.revoke(queue, ['b', 'c'], '{}', MINUTE, ['ready', 'delayed'])
      await broker.revoke(queue, ['d'], '{}', MINUTE)
      await until('the crashed task to end', async () =>
        (await broker.reclaim(queue, { ...RECLAIM, crashCap: 1 })).failed.length > 0 ? true : undefined,
      )
      await until('the series to have them', async () => {
        await operations.observe(queue, observation({ 'mail.send': counts({ succeeded: 1 }) }))
        return (await sums(null)).ends[2] === 3 && (await sums(null)).ends[1] === 1 ? true : undefined
      })
      expect((await sums('mail.send')).ends.slice(1)).toEqual([1, 1, 0])
      expect((await sums('b, c')).ends).toEqual([0, 0, 2, 0])
      const { failed, revoked } = await broker.stats(queue)
      expect([failed, revoked]).toEqual([1, 3])
    })
  })
}
