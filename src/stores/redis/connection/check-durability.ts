import type { Redis } from 'ioredis'
import { BrokerVersionError, InvalidSettingError } from '../../../errors.js'
import { allowed } from './allowed.js'
import { needsOf } from './redis-durability.js'
import type { RedisLocation } from './redis-location.js'

/**
 * Checks that a server can give the durability that all tasks are queued with. Replicas that are missing for now are no fault: they may
 * be back when the first task comes.
 *
 * @param address - of the server
 * @throws {@link BrokerVersionError} for a server without WAITAOF; {@link InvalidSettingError} for one without a log, or with one that
 *   it never writes by itself; the server's refusal where the user may not ask
 */
export async function checkDurability(redis: Redis, address: string, { durability }: RedisLocation): Promise<void> {
  const needs = needsOf(durability)
  if (needs === null) return
  if (needs.replicas !== 0) await redis.call('WAIT', 0, 1)
  if (!needs.fsync) return
  const refused = (found: string, hint: string): InvalidSettingError =>
    new InvalidSettingError(
      'durability',
      `one that ${address} can give, which has ${found}`,
      `'${durability}'`,
      'settings',
      hint,
    )
  try {
    // Nothing was written on this connection, so there is nothing to wait for.
    await redis.call('WAITAOF', 1, 0, 1)
  } catch (error) {
    const { message } = error as Error
    if (message.startsWith('ERR unknown command')) throw new BrokerVersionError(address, 'one without WAITAOF', '7.2')
    if (message.includes('appendonly is disabled')) throw refused('appendonly no', 'set appendonly yes there')
    throw error
  }
  const fsync = (await allowed(redis.config('GET', 'appendfsync')))?.[1]
  if (fsync === 'no') throw refused('appendfsync no', 'set appendfsync everysec or always there')
}
