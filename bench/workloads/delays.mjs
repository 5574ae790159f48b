/** W5: how long after its due time a delayed task begins. The worker waits for them, idle. Fifty are warm-up. */
import { withProcesses } from '../lib/processes.mjs'

/** Tasks before those that are counted. */
const WARM = 50
/** Tasks of one call. Some queues count a delay from when the store takes the task in: a large call would take longer than tasks are late. */
const SIZE = 20

export async function delays(bench) {
  return await withProcesses(bench, { workers: [{ concurrency: 100 }] }, async (producer, startWorkers) => {
    if ((await producer.act('lacks')).result.includes('delays')) return null
    const [worker] = await startWorkers()
    const { tasks, lead, spread, patience } = bench.sizes.delays
    await producer.act('delayed', { tasks: WARM, lead: 100, spread: 100, size: SIZE, isWarmUp: true })
    await producer.act('completed', { tasks: WARM, patience })
    await producer.act('delayed', { tasks, lead, spread, size: SIZE })
    await producer.act('completed', { tasks: WARM + tasks, patience })
    const { p50, p99, runs } = (await worker.act('lateness')).result
    if (runs < tasks) throw new Error(`${runs} of ${tasks} delayed tasks have run`)
    return { p50, p99 }
  })
}
