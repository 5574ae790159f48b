import type { Redis } from 'ioredis'

/** Keys of Redis that nothing may be left in once a queue is drained and its workers have left. */
const LIVE_KEYS = [
  't',
  'd',
  'w',
  'l',
  'x',
  'p',
  'a',
  'i',
  'z',
  ...Array.from({ length: 10 }, (_, i) => `r${String(i)}`),
]

/** What a server keeps of a drained queue beside records and counters. */
export async function leftOversOfRedis(redis: Redis, queue: string): Promise<readonly string[]> {
  const keys = LIVE_KEYS.map((key) => `{pq:${encodeURIComponent(queue)}}:${key}`)
  const exist = await Promise.all(keys.map((key) => redis.exists(key)))
  return keys.filter((_, i) => exist[i] === 1)
}

/** All keys of a queue. */
export async function keysOfRedis(redis: Redis, queue: string): Promise<readonly string[]> {
  const tag = `{pq:${encodeURIComponent(queue)}}`
  return (await redis.keys('*')).filter((key) => key.startsWith(tag))
}
