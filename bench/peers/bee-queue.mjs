/** bee-queue. Its jobs have delays only where `activateDelayedJobs` is set; succeeded jobs stay, as by default. */
import Queue from 'bee-queue'
import { versionOf } from '../lib/versions.mjs'

export const meta = { name: 'bee-queue', version: versionOf('bee-queue'), stores: ['redis'] }

const redisOf = (url) => ({ host: '127.0.0.1', port: Number(new URL(url).port) })

export async function producer({ url, awaitsResults }) {
  const queue = new Queue('bench', { redis: redisOf(url), isWorker: false, getEvents: awaitsResults === true })
  await queue.ready()
  const job = (data, delay) => {
    const made = queue.createJob(data)
    return delay === undefined ? made : made.delayUntil(Date.now() + delay)
  }
  return {
    add: async (data) => (await job(data).save()).id,
    addMany: async (list, delays) => {
      const jobs = list.map((data, i) => job(data, delays?.[i]))
      await queue.saveAll(jobs)
      return jobs.map(({ id }) => id)
    },
    roundTrip: (data) =>
      new Promise((resolve, reject) => {
        const made = job(data)
        made.on('succeeded', resolve).on('failed', reject)
        made.save().catch(reject)
      }),
    // Results are sent to the job's listeners, and are not kept.
    completed: async () => (await queue.checkHealth()).succeeded,
    close: async () => await queue.close(),
  }
}

export async function worker({ url, concurrency, onStarted }) {
  const queue = new Queue('bench', { redis: redisOf(url), activateDelayedJobs: true, getEvents: false })
  await queue.ready()
  queue.process(concurrency, async ({ data: { a, b, due } }) => {
    onStarted(due)
    return a + b
  })
  return { close: async () => await queue.close() }
}
