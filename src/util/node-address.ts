import { isIPv6 } from 'node:net'

/** A server of a store, as it is connected to. */
export interface NodeAddress {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

const HIGHEST_PORT = 65_535

/**
 * Reads `host:port`, `[::1]:port`, or one without a port.
 *
 * @param defaultPort - port where none is given; null: one must be given
 * @returns null for anything else
 */
export function readNode(text: string, defaultPort: number | null): NodeAddress | null {
  const [, v6, name, digits] = /^(?:\[([^\]]*)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = digits === undefined ? defaultPort : Number(digits)
  if (port === null || port < 1 || port > HIGHEST_PORT) return null
  if (name !== undefined) return { host: name, port }
  return v6 !== undefined && isIPv6(v6) ? { host: v6, port } : null
}

/** `host:port`, with brackets around an IPv6 address. */
export function showNode({ host, port }: NodeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`
}
