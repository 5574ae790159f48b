import type { Redis } from 'ioredis'
import { KeyTypeError } from '../../../errors.js'
import { typeOfKey } from '../layout/keys.js'

/** The server says that a key has the wrong type, and not which one: asks for the type of each key of the call. */
export async function findWrongKey(redis: Redis, address: string, keys: readonly string[]): Promise<KeyTypeError> {
  for (const key of keys) {
    const expected = typeOfKey(key)
    const found = await redis.type(key).catch(() => 'none')
    if (expected !== null && found !== 'none' && found !== expected)
      return new KeyTypeError(address, key, expected, found)
  }
  return new KeyTypeError(address, null, 'type that this package writes', 'key of another one')
}
