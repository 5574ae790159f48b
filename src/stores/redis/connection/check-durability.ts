import type { Redis } from 'ioredis'
import { BrokerVersionError } from '../../../errors.js'
import type { DurabilityName } from '../../../model/durability.js'
import { allowed } from './allowed.js'
import { identify } from './check-server.js'
import { needsOf } from './redis-durability.js'

/** Servers whose WAITAOF does not wait with `appendfsync everysec`. (redis/redis#13793; 8,887 of 23,189 confirmed tasks were lost.) */
const HASTY = /^(?:redis 7\.4\.[0-2]|valkey 8\.0\.\d+)$/

/** Makes the error for a durability. @param hint - what to do */
type Refusal = (expected: string, hint: string) => Error

/**
 * Checks that a server can give a durability. Replicas that are missing for now are no fault: they may be back when the first task comes.
 *
 * @param address - of the server
 * @throws {@link BrokerVersionError} for a server without WAITAOF; `refused` for one without a log, with one that it never writes by
 *   itself, or that does not wait for it; the server's refusal where the user may not ask
 */
export async function checkDurability(
  redis: Redis,
  address: string,
  durability: DurabilityName,
  refused: Refusal,
): Promise<void> {
  const needs = needsOf(durability)
  if (needs === null) return
  if (needs.replicas !== 0) await redis.call('WAIT', 0, 1)
  if (!needs.fsync) return
  const refuse = (found: string, hint: string): Error =>
    refused(`one that ${address} can give, which has ${found}`, hint)
  try {
    // Nothing was written on this connection, so there is nothing to wait for.
    await redis.call('WAITAOF', 1, 0, 1)
  } catch (error) {
    const { message } = error as Error
    if (message.startsWith('ERR unknown command')) throw new BrokerVersionError(address, 'one without WAITAOF', '7.2')
    if (message.includes('appendonly is disabled')) throw refuse('appendonly no', 'set appendonly yes there')
    throw error
  }
  const fsync = (await allowed(redis.config('GET', 'appendfsync')))?.[1]
  if (fsync === 'no') throw refuse('appendfsync no', 'set appendfsync everysec or always there')
  const { name, version } = await identify(redis)
  if (fsync === 'always' || !HASTY.test(`${name} ${version}`)) return
  throw refuse(
    `${name} ${version}, whose WAITAOF does not wait for the disk`,
    'set appendfsync always there, or upgrade it',
  )
}
