import { withProcesses } from '../lib/processes.mjs'
import { rateBetween } from '../lib/rates.mjs'

/** Queueing and processing of tasks that are spread over queues, or over jobs. @param of - 'queues' or 'jobs' */
export const measureSpread = (of) => async (store, count, sizes) => {
  const settings = { producer: { [of]: count }, workers: [{ [of]: count, concurrency: 100 }] }
  return await withProcesses({ peer: 'pulsar-queue', store }, settings, async (producer, startWorkers) => {
    const tasks = sizes.drain
    await producer.act('atOnce', { tasks: tasks / 10, width: 1_000 })
    const { seconds } = (await producer.act('atOnce', { tasks, width: 1_000 })).result
    const [worker] = await startWorkers()
    await worker.act('ran', { tasks })
    const { rate, workerMicros } = rateBetween((await worker.act('stamps')).result, tasks / 5, tasks)
    return { enqueue: tasks / seconds, drain: rate, workerMicros }
  })
}
