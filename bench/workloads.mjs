/**
 * The workloads. Each measures one peer on one store, with a fresh store and fresh processes, and resolves with numbers:
 * `value` is the figure that is compared, and the rest explains it.
 */
import { PeerProcess } from './lib/peer.mjs'

/**
 * Measures with a producer and workers, and closes them. A process that ends by itself ends the measurement with its error.
 *
 * @param bench - what every workload gets: the peer's name, the store, and the sizes of the run
 */
async function withProcesses({ peer, store }, { producer = {}, workers = [] }, measure) {
  const started = []
  let die
  const death = new Promise((_, reject) => {
    die = reject
  })
  death.catch(() => undefined)
  const start = async (role, settings) => {
    const process = new PeerProcess(peer, role, { url: store.url, ...settings })
    started.unshift(process)
    process.died.catch(die)
    await process.ready
    return process
  }
  const startWorkers = async () => await Promise.all(workers.map((settings) => start('worker', settings)))
  try {
    const source = await start('producer', producer)
    const measured = await Promise.race([measure(source, startWorkers), death])
    for (const process of started) await process.close()
    return measured
  } catch (error) {
    // The others may be in the middle of an act that does not end any more.
    await Promise.all(started.map((process) => process.kill()))
    throw error
  }
}

/** Adds what the store and the processes have used between two moments, for each task. */
async function used(store, before, tasks, cpu) {
  const after = await store.usage()
  return {
    storeMicros: (after.micros - before.micros) / tasks,
    storeCommands: (after.commands - before.commands) / tasks,
    ...Object.fromEntries(Object.entries(cpu).map(([name, seconds]) => [`${name}Micros`, (seconds * 1e6) / tasks])),
  }
}

const enqueue = (act, options) => async (bench) =>
  await withProcesses(bench, {}, async (producer) => {
    const { tasks } = bench.sizes
    await producer.act('bulk', { tasks: 1_000, width: 1 })
    const before = await bench.store.usage()
    const { result: seconds, cpu } = await producer.act(act, { tasks: tasks[act], ...options })
    return { value: tasks[act] / seconds, ...(await used(bench.store, before, tasks[act], { producer: cpu })) }
  })

const drain = (workers) => async (bench) =>
  await withProcesses(bench, { workers }, async (producer, startWorkers) => {
    const tasks = bench.sizes.tasks.drain
    await producer.act('bulk', { tasks, width: 2 })
    const before = await bench.store.usage()
    const started = await startWorkers()
    const { result: end } = await producer.act('completed', { tasks })
    const answers = await Promise.all(started.map((worker) => worker.act('first')))
    const first = Math.min(...answers.map(({ result }) => result))
    const cpu = answers.reduce((sum, { cpuSoFar }) => sum + cpuSoFar, 0)
    return { value: tasks / ((end - first) / 1_000), ...(await used(bench.store, before, tasks, { worker: cpu })) }
  })

const roundTrips = (width, pick) => async (bench) => {
  const settings = { producer: { awaitsResults: true }, workers: [{ concurrency: Math.max(10, width) }] }
  return await withProcesses(bench, settings, async (producer, startWorkers) => {
    await startWorkers()
    await producer.act('roundTrips', { tasks: 200, width: Math.min(width, 10) })
    const before = await bench.store.usage()
    const tasks = bench.sizes.tasks[width === 1 ? 'single' : 'roundTrips']
    const { result, cpu } = await producer.act('roundTrips', { tasks, width })
    return { value: pick(result, tasks), ...result, ...(await used(bench.store, before, tasks, { producer: cpu })) }
  })
}

async function delays(bench) {
  return await withProcesses(bench, { workers: [{ concurrency: 100 }] }, async (producer, startWorkers) => {
    const [worker] = await startWorkers()
    const { delayed: tasks, spread } = bench.sizes
    await producer.act('delayed', { tasks, spread, lead: 2_000 })
    await producer.act('completed', { tasks })
    const { result } = await worker.act('lateness')
    return { value: result.p50, ...result }
  })
}

async function bytes(bench) {
  return await withProcesses(bench, { workers: [{ concurrency: 100 }] }, async (producer, startWorkers) => {
    const tasks = bench.sizes.tasks.bytes
    await producer.act('bulk', { tasks: 1_000, width: 1 })
    const empty = (await bench.store.usage()).bytes
    await producer.act('bulk', { tasks, width: 1 })
    const queued = (await bench.store.usage()).bytes
    await startWorkers()
    await producer.act('completed', { tasks: tasks + 1_000 })
    const finished = (await bench.store.usage()).bytes
    // What 1,000 tasks took before the count began is in neither difference.
    return { value: (queued - empty) / tasks, finished: (finished - empty) / tasks }
  })
}

/** Names, figures and what is better, in the order of the report. */
export const workloads = {
  'enqueue, each awaited': { unit: 'per s', run: enqueue('awaited') },
  'enqueue, 1,000 calls at once': { unit: 'per s', run: enqueue('atOnce', { width: 1_000 }) },
  'enqueue, calls of 1,000 tasks, 4 at a time': { unit: 'per s', run: enqueue('bulk', { width: 4 }) },
  'process, concurrency 1': { unit: 'per s', run: drain([{ concurrency: 1 }]) },
  'process, concurrency 10': { unit: 'per s', run: drain([{ concurrency: 10 }]) },
  'process, concurrency 100': { unit: 'per s', run: drain([{ concurrency: 100 }]) },
  'process, two workers, concurrency 50 each': {
    unit: 'per s',
    run: drain([{ concurrency: 50 }, { concurrency: 50 }]),
  },
  'round trip to the result, 1 in flight, p50': {
    unit: 'ms',
    lessIsBetter: true,
    run: roundTrips(1, ({ p50 }) => p50),
  },
  'round trips, 100 in flight': { unit: 'per s', run: roundTrips(100, ({ seconds }, tasks) => tasks / seconds) },
  'delayed tasks, lateness, p50': { unit: 'ms', lessIsBetter: true, run: delays },
  'store, bytes a queued task': { unit: 'bytes', lessIsBetter: true, run: bytes },
}
