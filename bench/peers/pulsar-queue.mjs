/** pulsar-queue, as its README has it: a job class, a client without jobs in the producer, worker in the measured process. */
import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { Job, PulsarQueue } from '../../lib/index.js'

export const meta = {
  name: 'pulsar-queue',
  version: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
  stores: ['redis', 'embedded'],
}

/** What the handler of the worker process does besides adding: told of each run. */
let onRun = () => undefined

class Sum {
  run(a, b, due = 0) {
    onRun(due)
    return a + b
  }
}
// As the TypeScript compiler writes `run(a: number, b: number, due?: number)`: arguments are checked when queued and when run.
Reflect.defineMetadata('design:paramtypes', [Number, Number, Number], Sum.prototype, 'run')
Job({ name: 'sum' })(Sum)

/** Where tasks go by default. */
const QUEUE = 'pulsarqueue'
const settings = (url) => ({ dataStore: url, logLevel: 'warn', parseConsole: false, workers: 0 })

export async function producer({ url }) {
  const app = new PulsarQueue(settings(url))
  const api = await app.api().start()
  const quiet = { callback: false }
  return {
    add: async (data) => (await api.tasks.queue('sum', data, quiet)).id,
    addMany: async (list, delays) => {
      const tasks = delays
        ? list.map((data, i) => api.tasks.queue('sum', data, { ...quiet, delay: delays[i] / 1_000 }))
        : api.tasks.queueMany('sum', list, quiet)
      return (await Promise.all(tasks)).map(({ id }) => id)
    },
    roundTrip: async (data) => (await api.tasks.queue('sum', data)).result,
    completed: async () => (await api.broker.stats(QUEUE)).succeeded,
    close: async () => await app.close(),
  }
}

export async function worker({ url, concurrency, onStarted }) {
  onRun = onStarted
  const app = new PulsarQueue({ ...settings(url), concurrentTasks: concurrency })
  await app.start()
  return { close: async () => await app.close() }
}
