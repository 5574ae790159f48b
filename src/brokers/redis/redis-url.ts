import type { RedisOptions } from 'ioredis'
import { InvalidUrlError } from '../../errors.js'
import type { Duration } from '../../util/duration.js'
import { toMilliseconds } from '../../util/duration.js'
import { hidePassword } from '../../util/hide-password.js'

/** What a `redis:` URL says. */
export interface RedisLocation {
  readonly url: string
  /** For logs and errors: without password. */
  readonly address: string
  readonly namespace: string
  /** ms that a call may wait for the server. */
  readonly timeout: number
  readonly options: Pick<RedisOptions, 'host' | 'port' | 'db' | 'username' | 'password' | 'tls'>
}

const EXAMPLE = "'redis://127.0.0.1:6379/0' or 'rediss://user:password@host:6380/0?namespace=app&connectTimeout=5s'"
const PARAMETERS = ['namespace', 'connectTimeout']

/** @throws {@link InvalidUrlError} */
export function readRedisUrl(url: string): RedisLocation {
  const parsed = URL.canParse(url) ? new URL(url) : null
  const shown = hidePassword(url)
  const database = /^\/?(\d*)$/.exec(parsed?.pathname ?? '')?.[1]
  const known = [...(parsed?.searchParams.keys() ?? [])].every((name) => PARAMETERS.includes(name))
  if (!parsed || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '' || database === undefined || !known) {
    throw new InvalidUrlError(shown, EXAMPLE)
  }
  const timeout = toMilliseconds((parsed.searchParams.get('connectTimeout') ?? '10s') as Duration, 'connectTimeout')
  return {
    url,
    address: `${parsed.protocol}//${parsed.host}/${database === '' ? '0' : database}`,
    namespace: parsed.searchParams.get('namespace') ?? 'pq',
    timeout,
    options: {
      host: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: parsed.port === '' ? 6379 : Number(parsed.port),
      db: database === '' ? 0 : Number(database),
      ...(parsed.username !== '' && { username: decodeURIComponent(parsed.username) }),
      ...(parsed.password !== '' && { password: decodeURIComponent(parsed.password) }),
      ...(parsed.protocol === 'rediss:' && { tls: {} }),
    },
  }
}
