import type { Redis } from 'ioredis'
import { BrokerVersionError } from '../../../errors.js'
import { allowed } from './allowed.js'
import { unusable } from './redis-errors.js'

const OLDEST_MAJOR = 7
/** What a server is by its mode. */
const MODES: Readonly<Record<string, string>> = {
  standalone: 'it is a single server',
  cluster: 'it is a node of a Redis Cluster',
  sentinel: 'it is a Redis Sentinel',
}

/** What a server says that it is. */
export interface ServerIdentity {
  /** `redis` or `valkey`. */
  readonly name: string
  readonly version: string
  readonly mode: string
}

/**
 * @param mode - that the server must have
 * @throws {@link BrokerVersionError} for a server that is too old; {@link BrokerUnreachableError} for one of another
 *   mode
 */
export async function checkServer(redis: Redis, address: string, mode: 'standalone' | 'cluster'): Promise<void> {
  const { version, mode: found } = await identify(redis)
  const other = MODES[found]
  if (other !== undefined && found !== mode) throw unusable(address, 0, new Error(other))
  // A server that tells its version to nobody is taken on trust: without a command that it needs, a script says so.
  if (version !== '' && Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new BrokerVersionError(address, version, `${String(OLDEST_MAJOR)}.0`)
  }
}

/** Version, name and mode of a server; empty where it does not tell. HELLO is rarely forbidden, INFO often is. */
export async function identify(redis: Redis): Promise<ServerIdentity> {
  const hello = await allowed(redis.call('HELLO') as Promise<unknown[]>)
  if (hello) {
    const fact = (name: string): string => String(hello[hello.findIndex((word) => String(word) === name) + 1])
    return { name: fact('server'), version: fact('version'), mode: fact('mode') }
  }
  const info = (await allowed(redis.info('server'))) ?? ''
  const fact = (name: string): string => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? ''
  const own = fact('valkey_version')
  const [name, version] = own === '' ? ['redis', fact('redis_version')] : ['valkey', own]
  return { name, version, mode: fact('(?:server|redis)_mode') }
}
