import { withProcesses } from '../lib/processes.mjs'
import { rateBetween } from '../lib/rates.mjs'

/** Queueing and processing of tasks with one argument of so many bytes. */
export async function measurePayload(store, bytes, sizes) {
  const workers = [{ concurrency: 10, stampEvery: 10 }]
  return await withProcesses({ peer: 'pulsar-queue', store }, { workers }, async (producer, startWorkers) => {
    const tasks = Math.max(30, Math.min(sizes.payloadTasks, Math.floor(sizes.payloadBytes / bytes / 10) * 10))
    const { seconds } = (await producer.act('atOnce', { tasks, width: Math.min(100, tasks), bytes })).result
    const [worker] = await startWorkers()
    await worker.act('ran', { tasks })
    const { rate } = rateBetween((await worker.act('stamps')).result, tasks / 5, tasks)
    const enqueue = tasks / seconds
    return { enqueue, enqueueBytes: (enqueue * bytes) / 1e6, drain: rate, drainBytes: (rate * bytes) / 1e6 }
  })
}
