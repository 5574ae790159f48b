/** GroupMQ. Jobs of one group run one after the other, so each has a group of its own, as unordered work has. */
import { randomUUID } from 'node:crypto'
import { Queue, Worker } from 'groupmq'
import { Redis } from 'ioredis'
import { versionOf } from '../lib/versions.mjs'

export const meta = { name: 'GroupMQ', version: versionOf('groupmq'), stores: ['redis'] }

/** By default it keeps no completed jobs. The others do. */
const KEPT = 1_000_000

const queueOf = (redis) => new Queue({ redis, namespace: 'bench', keepCompleted: KEPT })

export async function producer({ url }) {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  const queue = queueOf(redis)
  const add = async (data, delay) =>
    (await queue.add({ groupId: randomUUID(), data, ...(delay !== undefined && { delay }) })).id
  return {
    add,
    // It has no call for many jobs.
    addMany: async (list, delays) => await Promise.all(list.map((data, i) => add(data, delays?.[i]))),
    // It has no call that waits for a result.
    roundTrip: null,
    result: async (id) => (await queue.getJob(id)).returnvalue,
    completed: async () => await queue.getCompletedCount(),
  }
}

export async function worker({ url, concurrency, onStarted }) {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  const made = new Worker({
    queue: queueOf(redis),
    concurrency,
    handler: async ({ data: { a, b, due } }) => {
      onStarted(due)
      return a + b
    },
  })
  made.on('error', (error) => console.error(error))
  void made.run()
}
