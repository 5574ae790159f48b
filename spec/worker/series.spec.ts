import type { Api, OperationsStore, RunCounts } from 'pulsar-queue'
import { defineJob } from 'pulsar-queue'
import { beforeEach, describe, expect, it } from 'vitest'
import { sumOfCounts } from '../../lib/model/run-counts.js'
import { useOperatedStore } from '../support/operated-store.js'
import { STORES } from '../support/stores.js'

const outcome = defineJob({ name: 'series.outcome', maxRetries: 1, retryDelay: 0 }, async (how: string) => {
  if (how === 'slow') await new Promise((resolve) => setTimeout(resolve, 30))
  if (how === 'fails') throw new Error('no')
  return how
})
const other = defineJob({ name: 'series.other' }, () => undefined)

describe.each(STORES)('the series that workers keep on $store', ({ make }) => {
  const at = useOperatedStore(make)
  let api: Api
  let operations: OperationsStore
  let queue: string

  beforeEach(() => {
    ;({ api, queue } = at)
    const face = api.broker.operations()
    if (face === null) throw new Error('expected a store with operations')
    operations = face
  })

  const sumOf = async (job: string | null, step: '1m' | '10m' | '1h' = '1m'): Promise<RunCounts> => {
    const [points = []] = await operations.series(queue, {
      jobs: [job],
      step,
      from: Date.now() - 3_600_000,
      to: Infinity,
      isWatching: false,
    })
    return sumOfCounts(points.map(({ counts }) => counts))
  }
  const runsOf = ({ run }: RunCounts): number => run.reduce((sum, count) => sum + count, 0)

  it('add up to the counters of the queue when the workers have stopped', async () => {
    const apps = [await at.serve(), await at.serve()]
    const hows = ['ok', 'fails', 'slow', 'ok', 'ok', 'fails', 'ok']
    const queued = [
      ...hows.map((how) => api.tasks.queue(outcome, { how }, { queue })),
      ...Array.from({ length: 20 }, () => api.tasks.queue(other, {}, { queue })),
    ]
    await Promise.all(queued.map(async (future) => await future.catch(() => undefined)))
    const waiting = await api.tasks.queue(other, {}, { queue, delay: '1h', callback: false })
    await api.tasks.revoke(waiting.id)
    for (const app of apps) await app.close()
    const stats = await api.broker.stats(queue)
    expect(stats).toMatchObject({ succeeded: 25, failed: 2, retried: 2, revoked: 1 })
    // The end that no worker sees is told by whoever tells next.
    await operations.observe(queue, { worker: 'spec', seq: 1, jobs: new Map(), ended: [], isComplete: true })
    const { succeeded, failed, retried, revoked } = stats
    for (const step of ['1m', '10m', '1h'] as const) {
      expect(await sumOf(null, step)).toMatchObject({ succeeded, failed, retried, revoked })
    }
    const totals = await operations.totals(queue)
    expect(sumOfCounts(totals.map(({ counts }) => counts))).toMatchObject({ succeeded, failed, retried, revoked })
    const ofJob = await sumOf('series.outcome')
    expect(ofJob).toMatchObject({ succeeded: 5, failed: 2, retried: 2, revoked: 0 })
    expect(runsOf(ofJob)).toBe(9)
    expect(ofJob.runSum).toBeGreaterThanOrEqual(29)
    // It was between 20 and 50 ms, or later where the machine was busy.
    expect(ofJob.run.slice(5).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(1)
  })

  it('list the tasks that have ended', async () => {
    const app = await at.serve()
    const ends = await Promise.all([1, 2, 3].map(() => api.tasks.queue(other, {}, { queue })))
    expect(ends).toHaveLength(3)
    await app.close()
    const page = await api.control.list({ queue, state: 'recent' }, { limit: 10 })
    expect(page).toMatchObject({ total: 3, cursor: null, isSampled: false })
    expect(page.tasks.map(({ job, state }) => [job, state])).toEqual(new Array(3).fill(['series.other', 'done']))
  })
})
