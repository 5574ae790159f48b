/**
 * How long a burst takes that is worked off by as many workers as the signal for an autoscaler asks for, beside the time that was to be
 * reached: `node bench/autoscale.mjs [--store redis|embedded] [--seconds 20]`. It ends with 1 where that is missed by more than 30 %. It needs a
 * build.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { defineJob, PulsarQueue } from '../lib/index.js'
import { startStore } from './lib/store.mjs'

const { values } = parseArgs({
  options: { store: { type: 'string', default: 'redis' }, seconds: { type: 'string', default: '20' } },
})
/** ms that a task takes, slots of a worker, workers that are right. */
const [COST, SLOTS, WORKERS] = [100, 2, 4]
const target = Number(values.seconds)
const work = defineJob({ name: 'work' }, async () => await pause(COST))
const store = await startStore(values.store)
const settings = { dataStore: store.url, workers: 0, parseConsole: false, logLevel: 'error', handleSignals: false }
const client = new PulsarQueue({ ...settings, schedulePeriodic: false, taskPaths: [] })
const workers = []

async function scaleTo(count) {
  while (workers.length < count) {
    const worker = new PulsarQueue({ ...settings, concurrentTasks: SLOTS, taskQueues: ['burst'] })
    workers.push(worker)
    await worker.start()
  }
  while (workers.length > count) await workers.pop().close()
}

try {
  const api = await client.api().start()
  const put = async (count) => {
    const calls = Array.from({ length: count }, () => [])
    await Promise.all(api.tasks.queueMany(work, calls, { queue: 'burst', callback: false }))
  }
  const left = async () => {
    const { ready, held } = await api.broker.size('burst')
    return ready + held
  }
  // So that the cost of a task is known.
  await put(5)
  await scaleTo(1)
  while ((await left()) > 0) await pause(50)
  await scaleTo(0)

  await put((WORKERS * SLOTS * target * 1_000) / COST)
  const began = performance.now()
  let most = 0
  while ((await left()) > 0) {
    // Kubernetes waits for minutes before it takes workers away.
    most = Math.max(most, (await api.control.autoscale('burst', { drain: target, slots: SLOTS })).desiredWorkers)
    await scaleTo(most)
    await pause(250)
  }
  const ratio = (performance.now() - began) / 1_000 / target
  console.log(`${most} workers; the burst took ${ratio.toFixed(2)} of the ${target} s that it was to take`)
  process.exitCode = Math.abs(ratio - 1) <= 0.3 ? 0 : 1
} finally {
  await scaleTo(0)
  await client.close()
  await store.stop()
}
