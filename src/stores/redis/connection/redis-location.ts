import type { DurabilityName } from '../../../model/durability.js'
import type { NodeAddress } from '../../../util/node-address.js'
import type { TlsOptions } from '../../../model/store-options.js'

/** A user of a server's ACL; without a username, the one that has the password alone. */
export interface Credentials {
  readonly username?: string
  readonly password?: string
}

/**
 * Where a Redis is, and how it is talked to. Plain data: it can be cloned to threads and child processes. `readRedisUrl` makes
 * it from a URL and the setting `storeOptions`.
 */
export interface RedisLocation {
  /** `single`: one server, or what leads to it; `sentinel`: the master that Sentinels name; `cluster`: the nodes of a Cluster. */
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly url: string
  /** The URL without its passwords and parameters, for logs and errors. */
  readonly address: string
  readonly namespace: string
  /** Longest time that a call waits for the server, ms. */
  readonly timeout: number
  /** The server; the Sentinels; some nodes of the Cluster, or its configuration endpoint. Empty for a socket. */
  readonly nodes: readonly NodeAddress[]
  /** Path of a Unix socket; null: there are nodes. */
  readonly socket: string | null
  /** Number of the database. 0 in a Cluster. */
  readonly db: number
  /** The user at the servers of data. */
  readonly credentials: Credentials
  /** The name of the master and the user at the Sentinels; null but for `sentinel`. */
  readonly sentinel: { readonly name: string; readonly credentials: Credentials } | null
  /** Addresses to connect to, by those that Sentinels or nodes tell. */
  readonly natMap: Readonly<Record<string, NodeAddress>>
  /** Null: no TLS. */
  readonly tls: TlsOptions | null
  /** What is awaited before tasks are acknowledged, where a call does not say. */
  readonly durability: DurabilityName
}
