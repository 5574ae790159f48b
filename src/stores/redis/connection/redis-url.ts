import type { RedisOptions } from 'ioredis'
import { InvalidUrlError } from '../../../errors.js'
import type { Duration } from '../../../model/duration.js'
import { toMilliseconds } from '../../../model/duration.js'
import { hidePassword } from '../../../util/hide-password.js'

/** A `redis:` URL, parsed. */
export interface RedisLocation {
  readonly url: string
  /** The URL without its password, for logs and errors. */
  readonly address: string
  readonly namespace: string
  /** Longest time that a call waits for the server, ms. */
  readonly timeout: number
  readonly options: Pick<RedisOptions, 'path' | 'host' | 'port' | 'db' | 'username' | 'password' | 'tls'>
}

const EXAMPLE =
  "'redis://127.0.0.1:6379/0', 'rediss://user:password@host:6380/0?namespace=app&connectTimeout=5s' or 'redis+unix:///run/redis.sock?db=0'"
const LONGEST_TIMEOUT = 86_400_000
const PARAMETERS = ['namespace', 'connectTimeout']

/** @throws {@link InvalidUrlError} */
export function readRedisUrl(url: string): RedisLocation {
  const parsed = parse(url)
  const server = parsed && serverOf(parsed)
  const credentials = parsed && decoded(parsed)
  const namespace = parsed?.searchParams.get('namespace') ?? 'pq'
  const timeout = timeoutOf(parsed?.searchParams.get('connectTimeout') ?? '10s')
  // A brace would end the hash tag that keeps the keys of a queue in one slot.
  const isNamespace = namespace !== '' && !/[{}]/.test(namespace)
  if (!server || !credentials || !isNamespace || timeout === null) throw new InvalidUrlError(hidePassword(url), EXAMPLE)
  return { url, address: server.address, namespace, timeout, options: { ...server.options, ...credentials } }
}

/** The URL of a socket names no host, but may have a user, which URLs have for hosts only. */
function parse(url: string): URL | null {
  const whole = url.replace(/^(redis\+unix:\/\/(?:[^/]*@)?)(?=\/)/i, '$1localhost')
  return URL.canParse(whole) ? new URL(whole) : null
}

/** null for a URL that says no server, no database, or more than we know. */
function serverOf(parsed: URL): Pick<RedisLocation, 'address' | 'options'> | null {
  const { protocol, hostname, host, port, pathname, searchParams } = parsed
  const isSocket = protocol === 'redis+unix:'
  const known = isSocket ? [...PARAMETERS, 'db'] : PARAMETERS
  if (hostname === '' || [...searchParams.keys()].some((name) => !known.includes(name))) return null
  const database = (isSocket ? /^(\d*)$/.exec(searchParams.get('db') ?? '') : /^\/?(\d*)$/.exec(pathname))?.[1]
  if (database === undefined) return null
  const db = database === '' ? 0 : Number(database)
  if (isSocket) {
    const path = decode(pathname)
    if (hostname !== 'localhost' || path === null || path === '/') return null
    return { address: `redis+unix://${path}?db=${String(db)}`, options: { path, db } }
  }
  if (protocol !== 'redis:' && protocol !== 'rediss:') return null
  return {
    address: `${protocol}//${host}/${String(db)}`,
    options: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 6379 : Number(port),
      db,
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** null for credentials that are not percent-encoded correctly. */
function decoded(parsed: URL): Pick<RedisOptions, 'username' | 'password'> | null {
  const [username, password] = [decode(parsed.username), decode(parsed.password)]
  if (username === null || password === null) return null
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) }
}

/** In ms; null for what is no duration, or is more than a day. Timers of ioredis wait 24 days at most. */
function timeoutOf(text: string): number | null {
  try {
    const ms = toMilliseconds(text as Duration, 'connectTimeout')
    return ms <= LONGEST_TIMEOUT ? ms : null
  } catch {
    return null
  }
}
