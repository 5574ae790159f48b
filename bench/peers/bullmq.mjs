/** BullMQ: one queue, one named job. Completed jobs stay, as by default, so that results can be read. */
import { Queue, QueueEvents, Worker } from 'bullmq'
import { versionOf } from '../lib/versions.mjs'

export const meta = { name: 'BullMQ', version: versionOf('bullmq'), stores: ['redis'] }

const connectionOf = (url) => ({ host: '127.0.0.1', port: Number(new URL(url).port) })

export async function producer({ url, awaitsResults }) {
  const connection = connectionOf(url)
  const queue = new Queue('bench', { connection })
  await queue.waitUntilReady()
  const events = awaitsResults ? new QueueEvents('bench', { connection }) : null
  await events?.waitUntilReady()
  return {
    add: async (data) => (await queue.add('sum', data)).id,
    addMany: async (list, delays) => {
      const jobs = list.map((data, i) => ({ name: 'sum', data, ...(delays && { opts: { delay: delays[i] } }) }))
      return (await queue.addBulk(jobs)).map(({ id }) => id)
    },
    roundTrip: async (data) => await (await queue.add('sum', data)).waitUntilFinished(events),
    result: async (id) => (await queue.getJob(id)).returnvalue,
    completed: async () => await queue.getCompletedCount(),
  }
}

export async function worker({ url, concurrency, onStarted }) {
  const handler = async ({ data: { a, b, due } }) => {
    onStarted(due)
    return a + b
  }
  const made = new Worker('bench', handler, { connection: connectionOf(url), concurrency })
  made.on('error', (error) => console.error(error))
  await made.waitUntilReady()
}
