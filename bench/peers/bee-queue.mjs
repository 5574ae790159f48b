/** bee-queue. Its jobs have delays only where `activateDelayedJobs` is set; succeeded jobs stay, as by default. */
import Queue from 'bee-queue'
import { versionOf } from '../lib/versions.mjs'

export const meta = { name: 'bee-queue', version: versionOf('bee-queue'), stores: ['redis'] }

const redisOf = (url) => ({ host: '127.0.0.1', port: Number(new URL(url).port) })

/** Time after which a job that nothing was heard of is looked up, ms. */
const LOST_AFTER = 100

/**
 * An event that arrives before the reply to `save` is lost: the queue does not know the job yet. Such a job is looked up, or
 * the call would wait for ever.
 *
 * @returns jobs that are waited for, with when they were saved
 */
function lookAfterLostEvents() {
  const waiting = new Map()
  const look = async (made) => {
    if (await made.isInSet('succeeded')) made.emit('succeeded', made.data.a + made.data.b)
  }
  setInterval(() => {
    const since = performance.now() - LOST_AFTER
    for (const [made, at] of waiting) if (made.id && at < since) look(made).catch(console.error)
  }, LOST_AFTER)
  return waiting
}

export async function producer({ url, awaitsResults }) {
  const queue = new Queue('bench', { redis: redisOf(url), isWorker: false, getEvents: awaitsResults === true })
  await queue.ready()
  const job = (data, delay) => {
    const made = queue.createJob(data)
    return delay === undefined ? made : made.delayUntil(Date.now() + delay)
  }
  const waiting = lookAfterLostEvents()
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
        const ended = (settle) => (value) => {
          waiting.delete(made)
          settle(value)
        }
        made.on('succeeded', ended(resolve)).on('failed', ended(reject))
        waiting.set(made, performance.now())
        made.save().catch(ended(reject))
      }),
    // Results are sent to the job's listeners, and are not kept.
    result: null,
    completed: async () => (await queue.checkHealth()).succeeded,
  }
}

export async function worker({ url, concurrency, onStarted }) {
  const queue = new Queue('bench', { redis: redisOf(url), activateDelayedJobs: true, getEvents: false })
  await queue.ready()
  queue.process(concurrency, async ({ data: { a, b, due } }) => {
    onStarted(due)
    return a + b
  })
}
