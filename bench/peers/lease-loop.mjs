/**
 * A loop written by hand for this measurement: what ioredis and three short scripts can do where a queue has leases and
 * results, and nothing else. A task is one text in a list; a claim of up to 100 tasks moves them under one lease; results are
 * written with an expiry, and published. No retries, priorities, delays, ids of the caller, revocation or events.
 */
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { versionOf } from '../lib/versions.mjs'

export const meta = { name: 'lease loop', version: `ioredis ${versionOf('ioredis')}`, stores: ['redis'] }

/** Most tasks of one call. */
const BATCH = 100
/** Lease of a claim, and time for which a result is kept, s. */
const LEASE = 15
const RESULT_TTL = 3_600

const SETTLE = `
local now = tonumber(redis.call('TIME')[1])
for i = 4, #ARGV, 2 do
  redis.call('SET', 'll:result:' .. ARGV[i], ARGV[i + 1], 'EX', ${String(RESULT_TTL)})
end
if #ARGV > 3 then
  redis.call('INCRBY', KEYS[3], (#ARGV - 3) / 2)
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('DEL', 'll:held:' .. ARGV[1])
  redis.call('PUBLISH', 'll:done', table.concat(ARGV, '\\n', 4))
end
if tonumber(ARGV[3]) == 0 then return {} end
local tasks = redis.call('LPOP', KEYS[1], ARGV[3])
if not tasks then return {} end
redis.call('RPUSH', 'll:held:' .. ARGV[2], unpack(tasks))
redis.call('ZADD', KEYS[2], now + ${String(LEASE)}, ARGV[2])
return tasks`

function connect(url) {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  redis.defineCommand('settle', { lua: SETTLE, numberOfKeys: 3 })
  return redis
}

const idOf = (task) => task.slice(0, task.indexOf('\n'))

export async function producer({ url, awaitsResults }) {
  const redis = connect(url)
  const subscriber = awaitsResults ? redis.duplicate() : null
  const waiting = new Map()
  await subscriber?.subscribe('ll:done')
  subscriber?.on('message', (_channel, message) => {
    const parts = message.split('\n')
    for (let i = 0; i < parts.length; i += 2) {
      waiting.get(parts[i])?.(JSON.parse(parts[i + 1]))
      waiting.delete(parts[i])
    }
  })
  let batch = []
  let sent = null
  const flush = async () => {
    await Promise.resolve()
    const tasks = batch
    batch = []
    sent = null
    const pushes = []
    for (let i = 0; i < tasks.length; i += BATCH) pushes.push(push(tasks.slice(i, i + BATCH)))
    await Promise.all(pushes)
  }
  const push = async (tasks) => {
    await Promise.all([redis.rpush('ll:ready', ...tasks), redis.publish('ll:wake', '')])
  }
  const put = async (data, id = randomUUID()) => {
    batch.push(`${id}\n${JSON.stringify(data)}`)
    sent ??= flush()
    await sent
    return id
  }
  return {
    add: put,
    addMany: async (list) => await Promise.all(list.map((data) => put(data))),
    delays: null,
    roundTrip: async (data) => {
      const id = randomUUID()
      const result = new Promise((resolve) => waiting.set(id, resolve))
      await put(data, id)
      return await result
    },
    result: async (id) => JSON.parse(await redis.get(`ll:result:${id}`)),
    completed: async () => Number((await redis.get('ll:completed')) ?? 0),
  }
}

export async function worker({ url, concurrency, onStarted }) {
  const redis = connect(url)
  const subscriber = redis.duplicate()
  let wake = () => undefined
  subscriber.on('message', () => wake())
  await subscriber.subscribe('ll:wake')
  const run = async (task) => {
    const { a, b, due } = JSON.parse(task.slice(task.indexOf('\n') + 1))
    onStarted(due)
    return [idOf(task), JSON.stringify(await Promise.resolve(a + b))]
  }
  const loop = async () => {
    let lease = ''
    let outcomes = []
    for (;;) {
      const next = randomUUID()
      const woken = new Promise((resolve) => (wake = resolve))
      const max = Math.min(concurrency, BATCH)
      const tasks = await redis.settle('ll:ready', 'll:leases', 'll:completed', lease, next, max, ...outcomes.flat())
      lease = next
      outcomes = await Promise.all(tasks.map(run))
      if (tasks.length === 0) await woken
    }
  }
  void loop()
}
