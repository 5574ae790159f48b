/**
 * W3, W7: workers that begin with tasks that are queued already. Timed from the moment when a fifth of them has begun, as a
 * warm-up, to the last recorded end.
 */
import { withProcesses } from '../lib/processes.mjs'
import { rateAfterWarmUp } from '../lib/rates.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'

export const drain = (workers) => async (bench) =>
  await withProcesses(bench, { workers }, async (producer, startWorkers) => {
    const slots = workers.reduce((sum, { concurrency }) => sum + concurrency, 0)
    const tasks = bench.sizes.tasks.drain[slots]
    await producer.act('bulk', { tasks, width: 2 })
    const before = await bench.store.usage()
    const started = await startWorkers()
    const { result: end } = await producer.act('completed', { tasks, patience: bench.sizes.patience })
    const used = usedByStore(before, await bench.store.usage(), tasks)
    const stamps = await Promise.all(started.map(async (worker) => (await worker.act('stamps')).result))
    const memory = await Promise.all(started.map(async (worker) => (await worker.act('usage')).result.rss))
    const workerMegabytes = Math.max(...memory) / 1e6
    return { ...rateAfterWarmUp(stamps, { warm: tasks / 5, tasks, end }), workerMegabytes, ...used }
  })
