import { InvalidUrlError } from '../errors.js'
import { hidePassword } from '../util/hide-password.js'
import type { StoreFactory } from './register-broker.js'
import { registeredSchemes, registeredStore } from './register-broker.js'

/** The engines of this package by URL scheme. Each is loaded on first use: a process loads the one that it needs only. */
const ENGINES: Readonly<Record<string, () => Promise<StoreFactory>>> = {
  embedded: async () => (await import('./embedded/embedded-store.js')).embeddedStore,
  redis: loadRedis,
  rediss: loadRedis,
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
  const registered = registeredStore(scheme)
  if (registered) return registered
  const load = Object.hasOwn(ENGINES, scheme) ? ENGINES[scheme] : undefined
  if (load) return await load()
  const own = registeredSchemes().map((each) => `, '${each}://...'`)
  throw new InvalidUrlError(
    hidePassword(url),
    `'embedded:./data', 'embedded::memory:'${own.join('')} or 'redis://127.0.0.1:6379/0'`,
  )
}

/** Whether any thread can open the store. A registered engine is known only where the application's program runs. */
export function opensAnywhere(url: string): boolean {
  return Object.hasOwn(ENGINES, schemeOf(url))
}

function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? ''
}
