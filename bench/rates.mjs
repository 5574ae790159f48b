// Measures the rates of a broker, with everything in one process: `node bench/rates.mjs [dataStore] [tasks]`.
// Default: the embedded broker in a new temporary directory. Compare the lines of one run with each other; absolute figures
// differ from run to run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Job, PulsarQueue } from 'pulsar-queue'

class Noop {
  run(a, b) {
    return a + b
  }
}
Job({ name: 'noop' })(Noop)

const directory = mkdtempSync(join(tmpdir(), 'pq-bench-'))
const dataStore = process.argv[2] ?? `embedded:${directory}`
const tasks = Number(process.argv[3] ?? 20_000)

const settings = { dataStore, logLevel: 'warn', parseConsole: false, workers: 0 }
const rate = (count, since) => Math.round(count / ((performance.now() - since) / 1_000)).toLocaleString('en')
const row = (what, value) => console.log(`${what.padEnd(58)} ${value}`)

async function measureProducer() {
  const app = new PulsarQueue(settings)
  const api = await app.api().start()
  await api.tasks.flushQueues()
  let since = performance.now()
  for (let i = 0; i < tasks / 10; i++) await api.tasks.queue(Noop, [4, 6], { callback: false })
  row('enqueue, each awaited, per s', rate(tasks / 10, since))
  since = performance.now()
  for (let i = 0; i < tasks; i += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, () => api.tasks.queue(Noop, [4, 6], { callback: false })))
  }
  row('enqueue, 1,000 calls at once, per s', rate(tasks, since))
  const queued = (await api.tasks.size())[0]
  await app.close()
  return queued
}

async function measureWorker(concurrentTasks, waiting) {
  const app = new PulsarQueue({ ...settings, concurrentTasks })
  const api = await app.api().start()
  if (waiting === 0) {
    for (let i = 0; i < tasks; i += 1_000) {
      await Promise.all(Array.from({ length: 1_000 }, () => api.tasks.queue(Noop, [4, 6], { callback: false })))
    }
  }
  const last = await api.tasks.queue(Noop, [1, 1], { callback: false, priority: 0 })
  const count = (await api.tasks.size())[0]
  const since = performance.now()
  const cpu = process.cpuUsage()
  await app.start()
  await last.doneCallback.wait()
  const used = process.cpuUsage(cpu)
  row(`one worker, concurrency ${concurrentTasks}, no-op jobs, per s`, rate(count, since))
  row('  worker CPU a task, µs', ((used.user + used.system) / count).toFixed(1))
  await app.close()
}

async function measureRoundTrip() {
  const app = new PulsarQueue({ ...settings, concurrentTasks: 100 })
  const api = await app.api().start()
  await app.start()
  const times = []
  for (let i = 0; i < 1_000; i++) {
    const since = performance.now()
    await api.tasks.queue(Noop, [4, 6])
    times.push(performance.now() - since)
  }
  times.sort((a, b) => a - b)
  row('round trip to the result, 1 in flight, p50 / p99 ms', `${times[500].toFixed(2)} / ${times[990].toFixed(2)}`)
  const since = performance.now()
  const inFlight = 100
  let left = tasks
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) await api.tasks.queue(Noop, [4, 6])
    }),
  )
  row('round trip, 100 in flight, per s', rate(tasks, since))
  await app.close()
  row('memory of this process at the end, MB', (process.memoryUsage().rss / 1e6).toFixed(0))
}

try {
  console.log(`${dataStore.replace(/:[^:@/]*@/, ':***@')}, ${tasks} tasks, Node ${process.version}`)
  await measureWorker(100, await measureProducer())
  await measureWorker(10, 0)
  await measureRoundTrip()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
process.exit()
