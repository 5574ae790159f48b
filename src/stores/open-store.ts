import { InvalidUrlError } from '../errors.js'
import { hidePassword } from '../util/hide-password.js'
import type { LeaseStoreFactory } from './lease-store.js'
import type { EngineScheme, StoreFactory } from './register-broker.js'
import { registeredSchemes, registeredStore } from './register-broker.js'

/** The engines of this package by URL scheme. Each is loaded on first use: a process loads the one that it needs only. */
const ENGINES: Readonly<Record<EngineScheme, () => Promise<StoreFactory>>> = {
  embedded: async () => (await import('./embedded/embedded-store.js')).embeddedStore,
  redis: loadRedis,
  rediss: loadRedis,
  'redis+unix': loadRedis,
  'redis+sentinel': loadRedis,
  'rediss+sentinel': loadRedis,
  'redis+cluster': loadRedis,
  'rediss+cluster': loadRedis,
}

async function loadRedis(): Promise<StoreFactory> {
  return (await import('./redis/redis-store.js')).redisStore
}

/**
 * Loads the engine of a store URL.
 *
 * @throws {@link InvalidUrlError} for a scheme that no engine has
 */
export async function loadStore(url: string): Promise<StoreFactory> {
  const scheme = schemeOf(url)
  if (isEngine(scheme)) return await ENGINES[scheme]()
  const registered = registeredStore(scheme)
  if (registered) return registered
  const own = registeredSchemes().map((each) => `, '${each}://...'`)
  throw new InvalidUrlError(
    hidePassword(url),
    `'embedded:./data', 'embedded::memory:'${own.join('')} or 'redis://127.0.0.1:6379/0'`,
  )
}

/**
 * Loads what renews leases and permits at a store URL that {@link opensAnywhere}: of an engine whose other verbs take much memory,
 * without these.
 */
export async function loadLeaseStore(url: string): Promise<LeaseStoreFactory> {
  if (schemeOf(url) === 'embedded') return await loadStore(url)
  return (await import('./redis/redis-lease-store.js')).redisLeaseStore
}

/** Whether any thread can open the store. A registered engine is known only where the application's program runs. */
export function opensAnywhere(url: string): boolean {
  return isEngine(schemeOf(url))
}

function isEngine(scheme: string): scheme is EngineScheme {
  return Object.hasOwn(ENGINES, scheme)
}

function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? ''
}
