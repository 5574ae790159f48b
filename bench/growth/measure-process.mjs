import { withProcesses } from '../lib/processes.mjs'
import { pause } from '../lib/time.mjs'

/** What one worker process uses that has run 1,000 tasks, and then waits for more. */
export async function measureProcess(store, _count, sizes) {
  const workers = [{ concurrency: 100 }]
  return await withProcesses({ peer: 'pulsar-queue', store }, { workers }, async (producer, startWorkers) => {
    const [worker] = await startWorkers()
    await producer.act('bulk', { tasks: 1_000, width: 1 })
    await worker.act('ran', { tasks: 1_000 })
    // V8 collects garbage for some seconds more, and gives memory back.
    await pause(sizes.window)
    const [before, since] = [await store.usage(), performance.now()]
    const first = (await worker.act('usage')).result
    await pause(sizes.window)
    const last = (await worker.act('usage')).result
    const [after, seconds] = [await store.usage(), (performance.now() - since) / 1_000]
    return {
      cpu: ((last.cpu - first.cpu) / seconds) * 100,
      ...(after.scripts !== undefined && { scripts: (after.scripts - before.scripts) / seconds }),
      megabytes: last.rss / 1e6,
    }
  })
}
