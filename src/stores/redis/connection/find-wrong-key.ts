import type { Redis } from 'ioredis'
import { KeyTypeError } from '../../../errors.js'
import { typeOfKey } from '../layout/keys.js'
import { keysOf } from './redis-errors.js'

/** The server says that a key has the wrong type, and not which one: asks for the type of each key of the call. */
export async function findWrongKey(redis: Redis, address: string, error: Error): Promise<KeyTypeError> {
  for (const key of keysOf(error)) {
    const expected = typeOfKey(key)
    const found = await redis.type(key).catch(() => 'none')
    if (expected !== null && found !== 'none' && found !== expected)
      return new KeyTypeError(address, key, expected, found)
  }
  return new KeyTypeError(address, null, 'type that this package writes', 'key of another one')
}
