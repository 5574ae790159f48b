/** What it takes to settle one task and claim the next, one call after the other. */
import { SUCCESS } from '../../lib/index.js'
import { usedByStore } from '../lib/redis-usage.mjs'
import { percentile } from '../lib/stats.mjs'
import { openBroker } from './broker.mjs'

const QUEUE = 'pulsarqueue'
const WORKER = 'bench-claims'
/** ms */
const TTL = 600_000

export async function measureClaims(store, calls) {
  const broker = await openBroker(store.url)
  try {
    await broker.join(QUEUE, { id: WORKER, slots: 1, leaseTtl: 60_000 })
    let seq = 0
    const settle = async (settlements, max) =>
      await broker.settle({ queue: QUEUE, worker: WORKER, lane: 0, seq: ++seq }, settlements, max)
    let { tasks } = await settle([], 1)
    const done = (task) => ({ kind: 'done', task, status: SUCCESS, outcome: '{"result":10}', ttl: TTL })
    const times = []
    let before = await store.usage()
    const warm = Math.ceil(calls / 10)
    for (let i = -warm; i < calls; i++) {
      if (i === 0) before = await store.usage()
      const since = performance.now()
      ;({ tasks } = await settle(tasks.map(done), 1))
      if (i >= 0) times.push(performance.now() - since)
      if (tasks.length !== 1) throw new Error('the queue is empty')
    }
    const { storeMicros } = usedByStore(before, await store.usage(), calls)
    await settle(tasks.map(done), 0)
    await broker.leave(QUEUE, WORKER)
    times.sort((a, b) => a - b)
    return { claim: percentile(times, 0.5), claimMicros: storeMicros }
  } finally {
    await broker.close()
  }
}
