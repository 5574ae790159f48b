import type { RedisOptions } from 'ioredis'
import type { NodeAddress } from '../../../util/node-address.js'
import { QuietSentinelConnector } from './quiet-sentinel-connector.js'
import type { RedisLocation } from './redis-location.js'

/** Longest wait for one Sentinel's answer, ms. Another one may know more: the first one may have been lost with the master. */
const SENTINEL_PATIENCE = 1_000
/** Pause after no Sentinel has named a master, ms. */
const SENTINEL_PAUSE = 250
/** Pause before a Sentinel that was lost is listened to again, ms: meanwhile nothing is heard of it. */
const LISTEN_AGAIN = 500
/** Longest time in which a connection to the server that a Sentinel names is made, ms: it may be the master that was lost. */
const MASTER_PATIENCE = 2_000
/** Sentinels that each connection listens to for a failover. */
const SENTINELS_HEARD = 3

/** Options of ioredis that say where a server is, and as whom it is used. */
type ClientOptions = Omit<RedisOptions, 'replyMapping'>

/** How ioredis reaches one server at a location. @param node - one of a Cluster's; default: what the location leads to */
export function clientOptions(location: RedisLocation, node?: NodeAddress): ClientOptions {
  const { credentials, db, socket, sentinel, nodes } = location
  const common = { ...credentials, db, ...tlsOptions(location) }
  if (socket !== null) return { ...common, path: socket }
  if (!sentinel || node) return { ...common, ...(node ?? nodes[0]) }
  const { username, password } = sentinel.credentials
  return {
    ...common,
    Connector: QuietSentinelConnector,
    sentinels: nodes.map(({ host, port }) => ({ host, port })),
    name: sentinel.name,
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
    natMap: { ...location.natMap },
    connectTimeout: Math.min(location.timeout, MASTER_PATIENCE),
    failoverDetector: true,
    sentinelMaxConnections: SENTINELS_HEARD,
    sentinelCommandTimeout: SENTINEL_PATIENCE,
    sentinelRetryStrategy: () => SENTINEL_PAUSE,
    sentinelReconnectStrategy: () => LISTEN_AGAIN,
  }
}

/** TLS with the servers and with the Sentinels. */
function tlsOptions({ tls, sentinel }: RedisLocation): ClientOptions {
  if (!tls) return {}
  const { ca, ...rest } = tls
  const options = { ...rest, ...(ca !== undefined && { ca: typeof ca === 'string' ? ca : [...ca] }) }
  return sentinel ? { tls: options, sentinelTLS: options, enableTLSForSentinelMode: true } : { tls: options }
}
