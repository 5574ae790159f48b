import { withProcesses } from '../lib/processes.mjs'
import { rateBetween } from '../lib/rates.mjs'
import { usedByStore } from '../lib/redis-usage.mjs'
import { measureClaims } from './claims.mjs'
import { fill } from './fill.mjs'

/** Cost of queueing, of claiming, and of processing while so many tasks are in the queue. */
export async function measureLength(store, length, sizes) {
  const bench = { peer: 'pulsar-queue', store }
  return await withProcesses(bench, { workers: [{ concurrency: 100 }] }, async (producer, startWorkers) => {
    await fill(producer, length)
    await producer.act('atOnce', { tasks: sizes.enqueue / 10, width: 1_000 })
    const empty = await store.usage()
    const { seconds } = (await producer.act('atOnce', { tasks: sizes.enqueue, width: 1_000 })).result
    const queued = usedByStore(empty, await store.usage(), sizes.enqueue)
    const claims = await measureClaims(store, sizes.claims)
    const before = await store.usage()
    const [worker] = await startWorkers()
    // No more than is in the queue: what is queued above, and of a long queue the first part.
    const runs = Math.min(length + sizes.enqueue - sizes.claims, sizes.drain)
    await worker.act('ran', { tasks: runs })
    const after = await store.usage()
    const stamps = (await worker.act('stamps')).result
    const { rate } = rateBetween(stamps, runs / 5, runs)
    const drained = usedByStore(before, after, stamps.now.runs)
    return {
      enqueue: sizes.enqueue / seconds,
      enqueueMicros: queued.storeMicros,
      ...claims,
      drain: rate,
      drainMicros: drained.storeMicros,
    }
  })
}
