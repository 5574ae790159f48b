import { withProcesses } from '../lib/processes.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'
import { fill } from './fill.mjs'

/** Due while nothing is measured any more, ms. */
const LATER = 3_600_000

/** Cost of so many delayed tasks, and lateness of others that become due meanwhile. */
export async function measureDelayed(store, count, sizes) {
  const workers = [{ concurrency: 100 }]
  return await withProcesses({ peer: 'pulsar-queue', store }, { workers }, async (producer, startWorkers) => {
    await fill(producer, 500, { act: 'delayed', lead: LATER, spread: LATER })
    const before = await store.usage()
    const seconds = await fill(producer, count, { act: 'delayed', lead: LATER, spread: LATER })
    const after = await store.usage()
    const [worker] = await startWorkers()
    await producer.act('delayed', { tasks: sizes.due, lead: 2_000, spread: sizes.spread })
    await worker.act('ran', { tasks: sizes.due })
    const { p50, p99 } = (await worker.act('lateness')).result
    const { storeMicros: enqueueMicros } = usedByStore(before, after, count)
    return { enqueue: count / seconds, enqueueMicros, bytes: (after.bytes - before.bytes) / count, p50, p99 }
  })
}
