/** W6: growth of the store for each queued task, and for each finished one with its result; and whether the result can be read. */
import { withProcesses } from '../lib/processes.mjs'

/** Tasks before the count begins: what a queue takes once, whatever its length. */
const FIRST = 1_000

export async function bytes(bench) {
  return await withProcesses(bench, { workers: [{ concurrency: 100 }] }, async (producer, startWorkers) => {
    const tasks = bench.sizes.bytes
    const { patience } = bench.sizes
    await producer.act('bulk', { tasks: FIRST, width: 1 })
    const empty = (await bench.store.usage()).bytes
    await producer.act('bulk', { tasks, width: 1 })
    const queued = (await bench.store.usage()).bytes
    const [worker] = await startWorkers()
    await producer.act('completed', { tasks: tasks + FIRST, patience })
    const { result: readable } = await producer.act('readable')
    // What the server holds for the worker's connections is no part of a task.
    await worker.kill()
    const finished = (await bench.store.usage()).bytes
    const each = (queued - empty) / tasks
    // The tasks before the count are finished, too.
    return { queued: each, finished: (finished - empty + FIRST * each) / (tasks + FIRST), readable }
  })
}
