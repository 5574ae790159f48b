/** W1, W2, W2b: what it takes to queue. A warm-up in the same way comes before. */
import { withProcesses } from '../lib/processes.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'

export const enqueue = (act, options) => async (bench) =>
  await withProcesses(bench, {}, async (producer) => {
    const { warmUp, measured, enqueued } = bench.sizes
    await producer.act(act, { seconds: warmUp, tasks: enqueued / 2, ...options })
    const before = await bench.store.usage()
    const { result, cpu } = await producer.act(act, { seconds: measured, tasks: enqueued, ...options })
    const { tasks, seconds } = result
    const used = usedByStore(before, await bench.store.usage(), tasks)
    return { rate: tasks / seconds, producerMicros: (cpu * 1e6) / tasks, ...used }
  })
