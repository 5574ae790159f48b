/** W4: from the call to its result in the caller's hands; producer and worker are two processes. A tenth is warm-up. */
import { withProcesses } from '../lib/processes.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'

export const roundTrips = (width) => async (bench) => {
  const settings = { producer: { awaitsResults: true }, workers: [{ concurrency: Math.max(10, width) }] }
  return await withProcesses(bench, settings, async (producer, startWorkers) => {
    if ((await producer.act('lacks')).result.includes('roundTrip')) return null
    const [worker] = await startWorkers()
    const tasks = bench.sizes.tasks.roundTrips[width]
    await producer.act('roundTrips', { tasks: tasks / 10, width })
    const [before, worked] = [await bench.store.usage(), (await worker.act('usage')).result.cpu]
    const { result, cpu } = await producer.act('roundTrips', { tasks, width }, bench.sizes.patience)
    const used = usedByStore(before, await bench.store.usage(), tasks)
    const { p50, p99, seconds } = result
    const workerCpu = (await worker.act('usage')).result.cpu - worked
    const micros = { producerMicros: (cpu * 1e6) / tasks, workerMicros: (workerCpu * 1e6) / tasks }
    return { rate: tasks / seconds, p50, p99, ...micros, ...used }
  })
}
