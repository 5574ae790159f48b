/**
 * A loop written by hand for this measurement: what ioredis and three short scripts can do where each task has a record that
 * can be looked up, a lease that tells the tasks of a lost worker, and a result; and nothing else. No retries, priorities,
 * delays, ids of the caller, revocation, events, checks of arguments, or calls that can be sent twice.
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

const QUEUE = `
local ids = {}
for i = 1, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
redis.call('HSET', KEYS[1], unpack(ARGV))
redis.call('RPUSH', KEYS[2], unpack(ids))
redis.call('PUBLISH', 'll:wake', '')`

const SETTLE = `
local now = tonumber(redis.call('TIME')[1])
local ended = {}
for i = 2, #ARGV, 2 do
  redis.call('SET', 'll:result:' .. ARGV[i], ARGV[i + 1], 'EX', ${String(RESULT_TTL)})
  ended[#ended + 1] = ARGV[i]
end
if #ended > 0 then
  redis.call('INCRBY', KEYS[4], #ended)
  redis.call('ZREM', KEYS[3], unpack(ended))
  redis.call('HDEL', KEYS[1], unpack(ended))
  redis.call('PUBLISH', 'll:done', table.concat(ARGV, '\\n', 2))
end
local ids = redis.call('LPOP', KEYS[2], ARGV[1])
if not ids then return {} end
local leases = {}
for i, id in ipairs(ids) do
  leases[2 * i - 1] = now + ${String(LEASE)}
  leases[2 * i] = id
end
redis.call('ZADD', KEYS[3], unpack(leases))
return { ids, redis.call('HMGET', KEYS[1], unpack(ids)) }`

function connect(url) {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  redis.defineCommand('queue', { lua: QUEUE, numberOfKeys: 2 })
  redis.defineCommand('settle', { lua: SETTLE, numberOfKeys: 4 })
  return redis
}

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
    const calls = []
    for (let i = 0; i < tasks.length; i += BATCH) {
      calls.push(redis.queue('ll:tasks', 'll:ready', ...tasks.slice(i, i + BATCH).flat()))
    }
    await Promise.all(calls)
  }
  const put = async (data, id = randomUUID()) => {
    batch.push([id, JSON.stringify(data)])
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
  const run = async (id, task) => {
    const { a, b, due } = JSON.parse(task)
    onStarted(due)
    return [id, JSON.stringify(await Promise.resolve(a + b))]
  }
  const loop = async () => {
    let outcomes = []
    for (;;) {
      const woken = new Promise((resolve) => (wake = resolve))
      const max = Math.min(concurrency, BATCH)
      const keys = ['ll:tasks', 'll:ready', 'll:leases', 'll:completed']
      const [ids = [], tasks = []] = await redis.settle(...keys, max, ...outcomes.flat())
      outcomes = await Promise.all(ids.map((id, i) => run(id, tasks[i])))
      if (ids.length === 0) await woken
    }
  }
  void loop()
}
