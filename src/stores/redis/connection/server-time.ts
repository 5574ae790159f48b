import type { Redis } from 'ioredis'

/** Asks a server for its time, ms since the epoch. */
export async function serverTime(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time()
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
}
