import { withProcesses } from '../lib/processes.mjs'
import { rateAfterWarmUp } from '../lib/rates.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'

/** Processing by so many worker processes. */
export async function measureWorkers(store, count, sizes) {
  const workers = Array.from({ length: count }, () => ({ concurrency: 50 }))
  return await withProcesses({ peer: 'pulsar-queue', store }, { workers }, async (producer, startWorkers) => {
    const tasks = sizes.drain
    await producer.act('bulk', { tasks, width: 2 })
    const before = await store.usage()
    const started = await startWorkers()
    const { result: end } = await producer.act('completed', { tasks })
    const { storeMicros } = usedByStore(before, await store.usage(), tasks)
    const stamps = await Promise.all(started.map(async (worker) => (await worker.act('stamps')).result))
    const { rate, workerMicros } = rateAfterWarmUp(stamps, { warm: tasks / 5, tasks, end })
    return { drain: rate, workerMicros, storeMicros }
  })
}
