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
  readonly options: Pick<RedisOptions, 'host' | 'port' | 'db' | 'username' | 'password' | 'tls'>
}

const EXAMPLE = "'redis://127.0.0.1:6379/0' or 'rediss://user:password@host:6380/0?namespace=app&connectTimeout=5s'"
const LONGEST_TIMEOUT = 86_400_000
const PARAMETERS = ['namespace', 'connectTimeout']

/** @throws {@link InvalidUrlError} */
export function readRedisUrl(url: string): RedisLocation {
  const parsed = URL.canParse(url) ? new URL(url) : null
  const shown = hidePassword(url)
  const credentials = parsed && decoded(parsed)
  const namespace = parsed?.searchParams.get('namespace') ?? 'pq'
  const database = /^\/?(\d*)$/.exec(parsed?.pathname ?? '')?.[1]
  const known = [...(parsed?.searchParams.keys() ?? [])].every((name) => PARAMETERS.includes(name))
  const timeout = timeoutOf(parsed?.searchParams.get('connectTimeout') ?? '10s')
  // A brace would end the hash tag that keeps the keys of a queue in one slot.
  const isNamespace = namespace !== '' && !/[{}]/.test(namespace)
  if (!parsed || !credentials || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new InvalidUrlError(shown, EXAMPLE)
  }
  if (database === undefined || !known || !isNamespace || timeout === null) throw new InvalidUrlError(shown, EXAMPLE)
  return {
    url,
    address: `${parsed.protocol}//${parsed.host}/${database === '' ? '0' : database}`,
    namespace,
    timeout,
    options: {
      host: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: parsed.port === '' ? 6379 : Number(parsed.port),
      db: database === '' ? 0 : Number(database),
      ...credentials,
      ...(parsed.protocol === 'rediss:' && { tls: {} }),
    },
  }
}

/** null for credentials that are not percent-encoded correctly. */
function decoded({ username, password }: URL): Pick<RedisOptions, 'username' | 'password'> | null {
  try {
    return {
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    }
  } catch {
    return null
  }
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
