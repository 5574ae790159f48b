/**
 * pulsar-queue, as its README has it: jobs are classes, the producer queues by name, and the worker runs in the measured
 * process. Arguments are checked when they are queued, and again before a run.
 */
import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { Job, PulsarQueue } from '../../lib/index.js'

export const meta = {
  name: 'pulsar-queue',
  version: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
  stores: ['redis', 'embedded'],
}

/** What the job does besides adding: the worker is told of each run. */
let onRun = () => undefined

/** Defines jobs that add two numbers. @returns their names */
function defineJobs(count) {
  return Array.from({ length: count }, (_, i) => {
    class Sum {
      run(a, b, due = 0, text = '') {
        onRun(due)
        return text === null ? 0 : a + b
      }
    }
    // As the TypeScript compiler writes `run(a: number, b: number, due?: number, text?: string)`.
    Reflect.defineMetadata('design:paramtypes', [Number, Number, Number, String], Sum.prototype, 'run')
    const name = i === 0 ? 'sum' : `sum${i}`
    Job({ name })(Sum)
    return name
  })
}

/** The first is where tasks go by default. */
const queuesOf = (count) => Array.from({ length: count }, (_, i) => (i === 0 ? 'pulsarqueue' : `queue${i}`))

const appOf = ({ url, serializer = 'json' }, more) =>
  new PulsarQueue({
    dataStore: url,
    messageSerializer: serializer,
    logLevel: 'warn',
    parseConsole: false,
    workers: 0,
    ...more,
  })

/** @param settings - `queues`, `jobs`: tasks are spread over so many, one call after the other */
export async function producer(settings) {
  const { queues: queueCount = 1, jobs: jobCount = 1 } = settings
  const jobs = defineJobs(jobCount)
  const queues = queuesOf(queueCount)
  const api = await appOf(settings).api().start()
  const { tasks } = api
  const quiet = queues.map((queue) => ({ callback: false, queue }))
  let calls = 0
  const next = () => [jobs[++calls % jobCount], quiet[calls % queueCount]]
  return {
    add: async (data) => {
      const [job, options] = next()
      return (await tasks.queue(job, data, options)).id
    },
    addMany: async (list, delays) => {
      const [job, options] = next()
      const futures = delays
        ? list.map((data, i) => tasks.queue(job, data, { ...options, delay: delays[i] / 1_000 }))
        : tasks.queueMany(job, list, options)
      return (await Promise.all(futures)).map(({ id }) => id)
    },
    roundTrip: async (data) => (await tasks.queue('sum', data)).result,
    result: async (id) => (await tasks.get(id)).result,
    completed: async () => {
      const stats = await Promise.all(queues.map((queue) => api.broker.stats(queue)))
      return stats.reduce((sum, { succeeded }) => sum + succeeded, 0)
    },
  }
}

/** @param settings - `series`: false for a store that keeps none, as that of a custom broker; `leaseTtl`: where it is another one */
export async function worker(settings) {
  const { concurrency, queues = 1, jobs = 1, series = true, leaseTtl, onStarted } = settings
  onRun = onStarted
  defineJobs(jobs)
  const own = { concurrentTasks: concurrency, taskQueues: queuesOf(queues) }
  const app = appOf(settings, leaseTtl === undefined ? own : { ...own, leaseTtl })
  if (!series) (await app.api().start()).broker.operations = () => null
  await app.start()
}
