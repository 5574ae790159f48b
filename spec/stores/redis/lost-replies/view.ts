import type { Settlement } from 'pulsar-queue'
import type { RedisBroker } from '../../../../lib/stores/redis/redis-broker.js'
import { until } from '../../../support/until.js'
import { done } from '../fixture.js'
import type { Scene } from './verbs.js'

/** Numbers that differ from run to run: times, and fences, which are made of them. */
const PASSING = 1_000_000

/** All that the faces of a store tell of a {@link Scene}, without times. */
export async function viewOf({ broker, operations, permits }: Scene): Promise<unknown> {
  const queues = []
  for (const queue of ['q', 'to']) {
    const { workers, paused, failed, suspects, moving, stats } = await operations.inspect(queue)
    // What a worker claims without knowing, or releases without knowing, it releases once more.
    const { released: _, ...counted } = stats
    const lists = []
    for (const state of ['ready', 'delayed', 'held', 'failed', 'recent'] as const) {
      const { records } = await operations.list(queue, state, null, 100)
      // A task that a worker has adopted, and released, is listed twice until the entry that is left over is passed over.
      lists.push({ state, records: [...new Map(records.map((record) => [record.header.id, record])).values()] })
    }
    queues.push({
      ...{ paused, failed, suspects, moving, counted, lists, size: await broker.size(queue) },
      workers: workers.map(({ id, slots, state, held }) => ({ id, slots, state, held })),
      totals: await operations.totals(queue),
      problems: (await operations.problems(queue)).map(({ id, state, count }) => ({ id, state, count })),
      schedules: await operations.schedules(queue),
    })
  }
  const alert = await operations.takeAlerts(['rule'], 'another', 600_000)
  const renewed = await permits.renew('lock', ['a/first', 'a/second', 'c/lost'], 600_000)
  const asked = ['d/1', 'd/2', 'd/3'].map((holder) => ({ holder, max: 2 }))
  const granted = (await permits.acquire('lock', asked, 600_000, 0)).answers.map(({ fence }) => fence !== null)
  return withoutTimes({ queues, alert, renewed, granted, runs: await runsOf(broker) })
}

/** All that another worker runs of the first queue, in order. */
async function runsOf(broker: RedisBroker): Promise<readonly string[]> {
  await broker.resume('q')
  await broker.join('q', { id: 'last', slots: 100, leaseTtl: 600_000 })
  const runs: string[] = []
  let seq = 0
  let ends: Settlement[] = []
  await until('all runs', async () => {
    seq += 1
    const { tasks } = await broker.settle({ queue: 'q', worker: 'last', lane: 0, seq }, ends, 100)
    runs.push(...tasks.map(({ id, run }) => `${id} ${String(run)}`))
    ends = tasks.map(done)
    if (tasks.length > 0) return undefined
    // Those that may have crashed a worker wait until nothing else runs.
    const { sizes, suspects } = await broker.operations().inspect('q')
    return sizes.ready <= suspects ? true : undefined
  })
  return runs
}

/** The same value with all times alike. */
export function withoutTimes(value: unknown): unknown {
  const text = JSON.stringify({ value }, (_name, each: unknown) => {
    return typeof each === 'number' && each >= PASSING ? 'a time' : each
  })
  return (JSON.parse(text) as { value?: unknown }).value
}
