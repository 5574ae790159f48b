/**
 * Tasks with a text beside their two numbers: 100 calls at once, again and again, and then a worker that finds them. A third of the tasks
 * comes before what is measured, each time.
 */
import { withProcesses } from '../lib/processes.mjs'
import { rateBetween } from '../lib/rates.mjs'

const WIDTH = 100

/** @param bytes - of the text */
export const payload = (bytes) => async (bench) =>
  await withProcesses(bench, { workers: [{ concurrency: 10, stampEvery: 10 }] }, async (producer, startWorkers) => {
    const third = Math.ceil(bench.sizes.payloadBytes / bytes / 3 / WIDTH) * WIDTH
    await producer.act('atOnce', { tasks: third, width: WIDTH, bytes })
    const { tasks, seconds } = (await producer.act('atOnce', { tasks: 2 * third, width: WIDTH, bytes })).result
    const [worker] = await startWorkers()
    await worker.act('ran', { tasks: 3 * third }, bench.sizes.patience)
    const { rate } = rateBetween((await worker.act('stamps')).result, third, 3 * third)
    return { enqueued: tasks / seconds, rate }
  })
