/** W1, W2, W2b: what it takes to queue. A tenth of the tasks is queued before, in the same way, as a warm-up. */
import { withProcesses } from '../lib/processes.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'

export const enqueue = (act, options) => async (bench) =>
  await withProcesses(bench, {}, async (producer) => {
    const tasks = bench.sizes.tasks[act]
    await producer.act(act, { tasks: tasks / 10, ...options })
    const before = await bench.store.usage()
    const { result: seconds, cpu } = await producer.act(act, { tasks, ...options })
    const used = usedByStore(before, await bench.store.usage(), tasks)
    return { rate: tasks / seconds, producerMicros: (cpu * 1e6) / tasks, ...used }
  })
