import type { Api, OperationsStore, RunCounts } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { latencyBucket } from '../../lib/model/latency-buckets.js'
import { noCounts } from '../../lib/model/run-counts.js'
import { ratesOf } from '../../lib/operate/queue-rates.js'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

const wait = defineJob({ name: 'control.wait' }, () => undefined)

/** Runs that took so long, ms. */
const runs = (times: readonly number[], more: Partial<RunCounts> = {}): RunCounts => {
  const counts = noCounts()
  for (const ms of times) {
    counts.run[latencyBucket(ms)] = (counts.run[latencyBucket(ms)] ?? 0) + 1
    counts.runSum += ms
  }
  return { ...counts, succeeded: times.length, ...more }
}

describe.each(STORES)('the series of api.control on $store', ({ make }) => {
  const at = useOperatedStore(make)
  let api: Api
  let operations: OperationsStore
  let queue: string
  let number = 0

  beforeEach(() => {
    ;({ api, queue } = at)
    const face = api.broker.operations()
    if (face === null) throw new Error('expected a store with operations')
    operations = face
  })

  const observe = async (jobs: Readonly<Record<string, RunCounts>>): Promise<boolean> => {
    const told = { worker: 'w', seq: ++number, jobs: new Map(Object.entries(jobs)), ended: [], isComplete: true }
    return (await operations.observe(queue, told)).isWatched
  }
  const put = async (tasks: number): Promise<void> => {
    await Promise.all(
      api.tasks.queueMany(
        wait,
        Array.from({ length: tasks }, () => ({})),
        { queue, callback: false },
      ),
    )
  }

  it('show what has ended in a queue and in a job, and let workers tell more often', async () => {
    const from = Date.now() - 600_000
    await put(3)
    expect(await observe({ 'mail.send': runs([10, 20]), 'mail.sort': runs([5], { succeeded: 0, failed: 1 }) })).toBe(
      false,
    )
    const whole = await api.control.series({ queue, from, step: '1h' })
    expect(whole).toMatchObject({ queue, job: null, step: '1h' })
    expect(whole.points.at(-1)).toMatchObject({ succeeded: 2, failed: 1, runSum: 35, ready: 3, delayed: 0, held: 0 })
    const { points } = await api.control.series({ queue, job: 'mail.sort', from, step: '1h' })
    expect(points.at(-1)).toMatchObject({ succeeded: 0, failed: 1, ready: null, queued: null })
    expect(await observe({})).toBe(true)
    expect((await api.control.series({ queue, from: 0, to: from, step: '1m' })).points).toEqual([])
  })

  it('refuse a step, a time or a name that is none', async () => {
    const refused = { code: 'PQ_INVALID_OPTION' }
    await expect(api.control.series({ queue, from: 0, step: '2m' as '1m' })).rejects.toMatchObject(refused)
    await expect(api.control.series({ queue, from: NaN, step: '1m' })).rejects.toMatchObject(refused)
    await expect(api.control.series({ queue: '', from: 0, step: '1m' })).rejects.toThrow('queue')
    await expect(api.control.jobs({ over: '61d' })).rejects.toMatchObject(refused)
    await expect(api.control.autoscale(queue, { drain: 0 })).rejects.toMatchObject(refused)
    await expect(api.control.autoscale(queue, { slots: 0 })).rejects.toMatchObject(refused)
  })

  it('show the jobs with their percentiles and the part that fails', async () => {
    const times = Array.from({ length: 100 }, (_, i) => i + 1)
    await put(1)
    await observe({ 'mail.send': runs(times), 'mail.sort': runs([5, 5], { succeeded: 1, failed: 1, retried: 3 }) })
    const [send, sort, ...others] = await api.control.jobs({ queue, over: '10m' })
    expect(others).toEqual([])
    expect(send).toMatchObject({ queue, job: 'mail.send', succeeded: 100, failing: 0, wait: null })
    expect(send?.rate).toBeGreaterThan(100 / 700)
    expect(send?.rate).toBeLessThanOrEqual(100 / 600)
    // The bucket of each true value: 50, 95 and 99.
    expect(send?.run?.mean).toBe(50.5)
    expect(send?.run?.p50).toBeCloseTo(50, 5)
    expect(send?.run?.p95).toBeGreaterThan(50)
    expect(send?.run?.p95).toBeLessThanOrEqual(100)
    expect(sort).toMatchObject({ job: 'mail.sort', failed: 1, retried: 3, failing: 0.5 })
    expect(await api.control.jobs({ queue, job: 'mail.sort' })).toHaveLength(1)
    expect((await api.control.jobs()).filter((job) => job.queue === queue)).toHaveLength(2)
    expect(await api.control.jobs({ queue: 'nowhere' })).toEqual([])
  })

  it('give the rates of queues', async () => {
    expect((await api.control.queue(queue)).rates).toBeNull()
    await put(2)
    await observe({})
    await put(5)
    const { rates } = await api.control.queue(queue)
    expect(rates?.queued).toBeGreaterThan(0)
    expect(rates).toMatchObject({ ended: 0, failed: 0 })
  })

  describe('tell an autoscaler', () => {
    const unknown = { code: 'PQ_NOT_MEASURED', queue: expect.any(String) as string }

    it('that a queue is unknown where nothing of it was measured, which is not 0', async () => {
      await expect(api.control.autoscale(queue)).rejects.toMatchObject(unknown)
      await put(1)
      await expect(api.control.autoscale(queue)).rejects.toMatchObject(unknown)
    })

    it.each([
      { tasks: 600, cost: 2_000, drain: 60, slots: 4 },
      { tasks: 500, cost: 300, drain: 10, slots: 1 },
      { tasks: 400, cost: 60_000, drain: 600, slots: 10 },
    ])('how many workers drain $tasks tasks of $cost ms in $drain s', async ({ tasks, cost, drain, slots }) => {
      await observe({ 'mail.send': runs([cost, cost]) })
      await put(tasks)
      const signal = await api.control.autoscale(queue, { drain, slots })
      expect(signal).toMatchObject({ queue, ready: tasks, backlogSeconds: (tasks * cost) / 1_000 })
      expect(signal.oldestReady).toBeGreaterThanOrEqual(0)
      const drained = signal.backlogSeconds / (signal.desiredWorkers * slots)
      expect(drained).toBeGreaterThan(drain * 0.7)
      expect(drained).toBeLessThan(drain * 1.3)
    })

    it('that an empty queue needs nobody', async () => {
      await put(1)
      await observe({ 'mail.send': runs([1_000]) })
      const { control } = api
      await control.drop(await control.plan('drop', `queue:${queue}`))
      expect(await control.autoscale(queue)).toMatchObject({ ready: 0, desiredWorkers: 0, backlogSeconds: 0 })
    })
  })
})

describe('the rates of a queue', () => {
  const none = { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 }
  /** At the begin of a minute. @param oldestReady - ms */
  const now = 1_000 * 60_000
  const seconds = (count: number): number => now - count * 1_000
  const sample = (at: number, queued: number, succeeded: number, oldestReady: number | null = null) => ({
    at,
    ...{ ready: 0, delayed: 0, held: 0, oldestReady },
    stats: { ...none, queued, succeeded },
  })
  const rates = (samples: ReturnType<typeof sample>[], queued: number, succeeded: number, oldest?: number) =>
    ratesOf({
      samples,
      now,
      stats: { ...none, queued, succeeded },
      ready: oldest === undefined ? [] : [{ priority: 4, count: 1, oldest: now - oldest }],
    })

  it('are those of the last minute where tasks come all the time', () => {
    expect(rates([sample(seconds(10), 99, 99), sample(seconds(60), 40, 10)], 100, 130)).toEqual({
      queued: 1,
      ended: 2,
      failed: 0,
    })
    // Between two samples the counters have grown evenly.
    expect(rates([sample(seconds(30), 90, 90), sample(seconds(90), 30, 30)], 120, 120)).toMatchObject({
      queued: 1,
      ended: 1,
    })
  })

  /** A sample of which there is one each ten seconds. */
  const fine = (at: number, queued: number, succeeded: number) => ({
    ...sample(at, queued, succeeded),
    interval: 10_000,
  })

  it('count a burst after an idle time as long as it lies in the last minute, whatever has ended since', () => {
    const idle = fine(seconds(7_200), 100, 100)
    const burst = fine(seconds(50), 103, 103)
    expect(rates([burst, idle], 103, 103)).toMatchObject({ queued: 3 / 60, ended: 3 / 60 })
    expect(rates([fine(seconds(20), 104, 104), burst, idle], 104, 104)).toMatchObject({ queued: 4 / 60, ended: 4 / 60 })
    // The burst is older than a minute.
    const older = fine(seconds(61), 103, 103)
    expect(rates([fine(seconds(20), 104, 104), older, idle], 104, 104)).toMatchObject({ ended: 1 / 60 })
    // The worker was busy within the same minute before.
    expect(rates([burst, fine(seconds(94), 100, 100)], 103, 103)).toMatchObject({ ended: 3 / 60 })
  })

  it('count what came before the first of some samples of a new queue, and do not where older ones may have been', () => {
    const samples = [sample(seconds(20), 104, 104), sample(seconds(50), 103, 103)]
    const look = { samples, now, stats: { ...none, queued: 104, succeeded: 104 }, ready: [] }
    expect(ratesOf({ ...look, isWhole: true })).toMatchObject({ ended: 104 / 60 })
    expect(ratesOf(look)).toMatchObject({ ended: 1 / 50 })
  })

  it('count what came before the first sample of a new queue', () => {
    expect(rates([sample(seconds(7), 300, 300)], 300, 300)).toEqual({ queued: 5, ended: 5, failed: 0 })
    expect(rates([sample(seconds(70), 300, 300)], 300, 300)).toEqual({ queued: 0, ended: 0, failed: 0 })
    // Tasks have waited since before the last minute.
    expect(rates([sample(seconds(7), 3_000, 60, 3_600_000)], 3_000, 60)).toEqual({ queued: 0, ended: 1, failed: 0 })
  })

  it('have a burst after a pause in the last minute, and not in the time since anything was seen', () => {
    expect(rates([sample(seconds(10), 420, 420), sample(seconds(160), 300, 300)], 420, 420)).toMatchObject({
      queued: 2,
      ended: 2,
    })
    // No worker has told of it yet.
    expect(rates([sample(seconds(3_600), 300, 300)], 420, 420)).toMatchObject({ queued: 2, ended: 2 })
    // The tasks had waited for a worker for long.
    expect(rates([sample(seconds(3_660), 300, 300)], 3_960, 360, 3_600_000)).toEqual({ queued: 1, ended: 1, failed: 0 })
  })

  it('are unknown when no worker has told of anything for minutes, unless nothing has come or gone', () => {
    expect(rates([sample(seconds(3_600), 50, 50)], 60, 50)).toBeNull()
    expect(rates([sample(seconds(3_600), 50, 50)], 50, 50)).toMatchObject({ queued: 0 })
    expect(rates([], 0, 0)).toBeNull()
  })
})
