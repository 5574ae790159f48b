import type { RedisLocation } from './redis-location.js'

/** What the URLs of a scheme may say. */
export interface UrlScheme {
  readonly kind: RedisLocation['kind']
  /** Port where a host has none. */
  readonly port: number
  readonly hasTls: boolean
  readonly isSocket: boolean
  /** Names of the parameters. */
  readonly parameters: readonly string[]
  /** A URL that fits, for errors. */
  readonly example: string
}

const OF_ALL = ['namespace', 'connectTimeout', 'durability']
const SINGLE = { kind: 'single', port: 6_379, hasTls: false, isSocket: false, parameters: OF_ALL } as const
const SENTINEL = {
  ...SINGLE,
  kind: 'sentinel',
  port: 26_379,
  parameters: [...OF_ALL, 'name', 'sentinelUsername', 'sentinelPassword', 'nat'],
} as const
const CLUSTER = { ...SINGLE, kind: 'cluster', parameters: [...OF_ALL, 'nat'] } as const
const OF_SENTINEL = 'user:password@host1:26379,host2:26379/0?name=main'
const OF_CLUSTER = 'user:password@host1:7000,host2:7000/?namespace=app'

/** The schemes of Redis by name. */
export const URL_SCHEMES: Readonly<Record<string, UrlScheme>> = {
  redis: { ...SINGLE, example: "'redis://user:password@127.0.0.1:6379/0?namespace=app&connectTimeout=5s'" },
  rediss: { ...SINGLE, hasTls: true, example: "'rediss://user:password@host:6380/0?namespace=app'" },
  'redis+unix': {
    ...SINGLE,
    isSocket: true,
    parameters: [...OF_ALL, 'db'],
    example: "'redis+unix:///run/redis.sock?db=0'",
  },
  'redis+sentinel': { ...SENTINEL, example: `'redis+sentinel://${OF_SENTINEL}'` },
  'rediss+sentinel': { ...SENTINEL, hasTls: true, example: `'rediss+sentinel://${OF_SENTINEL}'` },
  'redis+cluster': { ...CLUSTER, example: `'redis+cluster://${OF_CLUSTER}'` },
  'rediss+cluster': { ...CLUSTER, hasTls: true, example: `'rediss+cluster://${OF_CLUSTER}'` },
}
