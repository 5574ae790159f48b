/** W4: from the call to its result in the caller's hands; producer and worker are two processes. */
import { withProcesses } from '../lib/processes.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'

/** @param measure - gets the producer and the worker; not called where the peer has no such call */
const withBoth = async (bench, width, measure) => {
  const settings = { producer: { awaitsResults: true }, workers: [{ concurrency: Math.max(10, width) }] }
  return await withProcesses(bench, settings, async (producer, startWorkers) => {
    if ((await producer.act('lacks')).result.includes('roundTrip')) return null
    const [worker] = await startWorkers()
    return await measure(producer, worker)
  })
}

export const roundTrips = (width) => async (bench) =>
  await withBoth(bench, width, async (producer, worker) => {
    const { warmUp, measured } = bench.sizes
    await producer.act('roundTrips', { seconds: warmUp, width })
    const [before, worked] = [await bench.store.usage(), (await worker.act('usage')).result.cpu]
    const { result, cpu } = await producer.act('roundTrips', { seconds: measured, width })
    const { p50, p99, tasks, seconds } = result
    const used = usedByStore(before, await bench.store.usage(), tasks)
    const workerCpu = (await worker.act('usage')).result.cpu - worked
    const micros = { producerMicros: (cpu * 1e6) / tasks, workerMicros: (workerCpu * 1e6) / tasks }
    return { rate: tasks / seconds, p50, p99, ...micros, ...used }
  })

/** The first ones of new processes, one after the other, without a warm-up. */
export const coldTrips = async (bench) =>
  await withBoth(bench, 1, async (producer) => {
    const { p50, p99 } = (await producer.act('roundTrips', { tasks: bench.sizes.cold, width: 1 })).result
    return { p50, p99 }
  })
