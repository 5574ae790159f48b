import { InvalidUrlError } from '../../../errors.js'
import type { Duration } from '../../../model/duration.js'
import { toMilliseconds } from '../../../model/duration.js'
import { hideParameters, hidePassword } from '../../../util/hide-password.js'
import type { DurabilityName } from '../../../model/durability.js'
import { isDurability, listed, REDIS_DURABILITIES } from '../../../model/durability.js'
import type { NodeAddress } from '../../../util/node-address.js'
import { readNode } from '../../../util/node-address.js'
import type { TlsOptions } from '../../../model/store-options.js'
import type { EngineOptions } from '../../register-broker.js'
import { resolveDurability } from '../../resolve-durability.js'
import type { RedisLocation } from './redis-location.js'
import type { UrlParts } from './url-parts.js'
import { credentialsOf, readUrlParts, UrlFault } from './url-parts.js'
import type { UrlScheme } from './url-schemes.js'
import { URL_SCHEMES } from './url-schemes.js'

const LONGEST_TIMEOUT = 86_400_000

/**
 * Reads where a Redis is from a URL and the settings `storeOptions` and `durability`.
 *
 * @throws {@link InvalidUrlError} that says what is wrong, and shows a URL that fits; {@link InvalidSettingError} for a
 *   `durability` that Redis does not know, or that differs from that of the URL
 */
export function readRedisUrl(url: string, options: EngineOptions = {}): RedisLocation {
  const name = /^([^:]*):/.exec(url)?.[1]?.toLowerCase() ?? ''
  const scheme = Object.hasOwn(URL_SCHEMES, name) ? URL_SCHEMES[name] : undefined
  try {
    if (!scheme) throw new UrlFault(`a URL of Redis begins with one of ${Object.keys(URL_SCHEMES).join(', ')}`)
    return { url, ...locationOf(name, scheme, readUrlParts(url, scheme.kind !== 'single'), options) }
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error
    // A name that is mistyped may be that of a password.
    const known = scheme?.parameters ?? []
    const shown = hideParameters(hidePassword(url), (parameter) => !known.includes(parameter))
    throw new InvalidUrlError(shown, scheme?.example ?? "'redis://127.0.0.1:6379/0'", error.message)
  }
}

function locationOf(
  name: string,
  scheme: UrlScheme,
  parts: UrlParts,
  options: EngineOptions,
): Omit<RedisLocation, 'url'> {
  const { credentials, parameters } = parts
  checkParameters(scheme, parameters)
  const nodes = nodesOf(scheme, parts)
  const db = databaseOf(scheme, parts)
  const sentinel = sentinelOf(scheme, parameters)
  const server = scheme.isSocket ? parts.path : `${parts.hosts.join(',')}/${String(db)}`
  const detail = scheme.isSocket ? `?db=${String(db)}` : sentinel ? `?name=${sentinel.name}` : ''
  const address = `${name}://${server}${detail}`
  const durability = durabilityOf(parameters.get('durability'))
  return {
    kind: scheme.kind,
    address,
    namespace: namespaceOf(parameters.get('namespace') ?? 'pq'),
    timeout: timeoutOf(parameters.get('connectTimeout') ?? '10s'),
    nodes,
    socket: scheme.isSocket ? parts.path : null,
    db,
    credentials,
    sentinel,
    natMap: { ...natMapOf(Object.entries(options.natMap ?? {})), ...natMapOf(natPairs(parameters.get('nat'))) },
    tls: tlsOf(name, scheme, options.tls),
    durability: resolveDurability(REDIS_DURABILITIES, durability, options.durability, address),
  }
}

function checkParameters(scheme: UrlScheme, parameters: UrlParts['parameters']): void {
  for (const name of parameters.keys()) {
    if (scheme.parameters.includes(name)) continue
    // It may be the rest of a password: nothing of it is shown.
    if ([...parameters].flat().some((text) => text.includes('@'))) {
      throw new UrlFault("'?' and '&' in a user or a password have to be written as %3F and %26")
    }
    throw new UrlFault(`it has no parameter ${JSON.stringify(name)}, but ${scheme.parameters.join(', ')}`)
  }
}

function nodesOf({ kind, port, isSocket }: UrlScheme, { hosts, path }: UrlParts): NodeAddress[] {
  if (isSocket) {
    if (hosts.length > 0 || path === '' || path === '/') throw new UrlFault('a socket has a path and no host')
    return []
  }
  if (hosts.length === 0) throw new UrlFault('it names no host')
  if (kind === 'single' && hosts.length > 1) {
    throw new UrlFault('several hosts are those of Sentinels (redis+sentinel://) or of a Cluster (redis+cluster://)')
  }
  return hosts.map((host) => {
    const node = readNode(host, port)
    if (node) return node
    throw new UrlFault(
      'each host is a name or an address with a port from 1 to 65535; IPv6 has brackets, and special characters in a user or a password are percent-encoded',
    )
  })
}

function databaseOf({ kind, isSocket }: UrlScheme, { path, parameters }: UrlParts): number {
  const digits = isSocket ? /^(\d*)$/.exec(parameters.get('db') ?? '') : /^\/?(\d*)$/.exec(path)
  if (!digits) throw new UrlFault('a database is a number')
  const db = Number(digits[1])
  if (kind === 'cluster' && db !== 0) {
    throw new UrlFault('a Cluster has database 0 only; ?namespace= tells applications apart')
  }
  return db
}

function sentinelOf({ kind }: UrlScheme, parameters: UrlParts['parameters']): RedisLocation['sentinel'] {
  if (kind !== 'sentinel') return null
  const name = parameters.get('name') ?? ''
  if (name === '') throw new UrlFault('?name= says which master the Sentinels are asked for')
  const credentials = credentialsOf(parameters.get('sentinelUsername'), parameters.get('sentinelPassword'))
  return { name, credentials }
}

/** A brace would end the hash tag that keeps the keys of a queue in one slot. */
function namespaceOf(namespace: string): string {
  if (namespace !== '' && !/[{}]/.test(namespace)) return namespace
  throw new UrlFault('a namespace is not empty and has no braces')
}

/** In ms. Timers of ioredis wait 24 days at most. */
function timeoutOf(text: string): number {
  let ms = Infinity
  try {
    ms = toMilliseconds(text as Duration, 'connectTimeout')
  } catch {
    // It is refused below.
  }
  if (ms <= LONGEST_TIMEOUT) return ms
  throw new UrlFault("connectTimeout is a duration such as '5s', of one day at most")
}

/** `told~used`, any number of them, divided by commas. */
function natPairs(text: string | undefined): [told: string, used: string][] {
  return (text ?? '')
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [told = '', used = ''] = pair.split('~')
      return [told, used]
    })
}

function natMapOf(pairs: readonly (readonly [told: string, used: string])[]): Record<string, NodeAddress> {
  const nodes = pairs.map(([told, used]) => {
    const [from, to] = [readNode(told, null), readNode(used, null)]
    if (from && to) return [`${from.host}:${String(from.port)}`, to] as const
    throw new UrlFault("nat has pairs of addresses such as '10.0.0.5:7000~127.0.0.1:7001', divided by commas")
  })
  return Object.fromEntries(nodes)
}

function tlsOf(name: string, { hasTls }: UrlScheme, tls: TlsOptions | undefined): TlsOptions | null {
  if (hasTls) return tls ?? {}
  if (tls === undefined || !Object.hasOwn(URL_SCHEMES, name.replace('redis', 'rediss'))) return null
  throw new UrlFault(`storeOptions.tls is for URLs with TLS: ${name.replace('redis', 'rediss')}://`)
}

function durabilityOf(name: string | undefined): DurabilityName | null {
  if (name === undefined) return null
  if (isDurability<DurabilityName>(REDIS_DURABILITIES, name)) return name
  throw new UrlFault(`durability is one of ${listed(REDIS_DURABILITIES)}`)
}
