import type { Redis } from 'ioredis'
import { refusesWrites } from './redis-errors.js'

/** Resolves when the server answers. One that cannot save refuses a ping as it refuses writes, and is there all the same. */
export async function ping(redis: Redis): Promise<void> {
  try {
    await redis.ping()
  } catch (error) {
    if (!refusesWrites(error)) throw error
  }
}
