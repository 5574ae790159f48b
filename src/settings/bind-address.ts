import { isIP } from 'node:net'

/** Where a server listens. */
export interface BindAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
}

const LOOPBACK = '127.0.0.1'
const NAME = /^(?=.{1,253}$)(?!.*\.\d+$)[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/i

/** Reads `host:port`, `[IPv6]:port`, or a port alone, which is one of loopback. Null for what is none of these. */
export function readBindAddress(text: string): BindAddress | null {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(text) ?? []
  if (digits === undefined) return null
  const port = Number(digits)
  const host = bracketed ?? plain ?? LOOPBACK
  const isHost = bracketed === undefined ? isIP(host) === 4 || NAME.test(host) : isIP(host) === 6
  return isHost && port <= 65_535 ? { host, port } : null
}

/** As it stands in URLs. */
export function showBindAddress({ host, port }: BindAddress): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${String(port)}`
}

/** Whether only programs of the same machine reach a host. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/i.test(host)
}
