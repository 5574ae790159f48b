import { withProcesses } from '../lib/processes.mjs'

/** Samples of a measurement. */
const SAMPLES = 10

/** Memory of the worker, and of Redis without the records of finished tasks, while one worker runs so many tasks. */
export async function measureMemory(store, total) {
  const workers = [{ concurrency: 100, stampEvery: 100_000 }]
  return await withProcesses({ peer: 'pulsar-queue', store }, { workers }, async (producer, startWorkers) => {
    const [worker] = await startWorkers()
    const samples = []
    const step = total / SAMPLES
    for (let tasks = step; tasks <= total; tasks += step) {
      await producer.act('bulk', { tasks: step, width: 2 }, 600_000)
      await producer.act('completed', { tasks, patience: 600_000 }, 610_000)
      await store.dropResults()
      const { rss, heapUsed } = (await worker.act('usage')).result
      const { bytes } = await store.usage()
      samples.push({
        at: tasks,
        worker: rss / 1e6,
        heap: heapUsed / 1e6,
        ...(store.kind === 'redis' && { redis: bytes / 1e6 }),
      })
    }
    return samples
  })
}
