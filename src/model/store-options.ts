import { described } from '../errors.js'
import { readNode } from '../util/node-address.js'

/** What a store needs besides its URL. Plain data: threads and child processes get a copy. */
export interface StoreOptions {
  /**
   * Addresses under which this program reaches the nodes of a Sentinel or Cluster set-up, by the addresses that those tell:
   * `{ '10.0.0.5:7000': '127.0.0.1:7001' }`.
   */
  readonly natMap?: Readonly<Record<string, string>> | undefined
  /** TLS of stores whose URL begins with `rediss`. */
  readonly tls?: TlsOptions | undefined
}

/** Certificates and checks of TLS. All texts of certificates and keys are PEM. */
export interface TlsOptions {
  /** Certificates of the authorities to trust. Default: those that Node trusts. */
  readonly ca?: string | readonly string[] | undefined
  /** Certificate of this client, where the server asks for one. */
  readonly cert?: string | undefined
  /** Private key of that certificate. */
  readonly key?: string | undefined
  /** Passphrase of that key. */
  readonly passphrase?: string | undefined
  /** Name that the server's certificate must have. Default: the host that is connected to. */
  readonly servername?: string | undefined
  /** Whether the server's certificate must be trusted. Default true. */
  readonly rejectUnauthorized?: boolean | undefined
}

/** The form, as errors and docs name it. */
export const STORE_OPTIONS_FORM =
  "an object with natMap, such as { '10.0.0.5:7000': '127.0.0.1:7001' }, and tls with ca, cert, key, passphrase, servername and rejectUnauthorized"

const TLS_TEXTS = ['cert', 'key', 'passphrase', 'servername']

/** Finds what is wrong with store options. @returns its place and its kind, without a secret; null: nothing */
export function findStoreOptionsFault(given: unknown): string | null {
  if (!isPlain(given)) return described(given)
  for (const [name, value] of Object.entries(given)) {
    if (name !== 'natMap' && name !== 'tls') return `the unknown member ${described(name)}`
    if (value === undefined) continue
    if (!isPlain(value)) return `${described(value)} as ${name}`
    const fault = name === 'natMap' ? findNatFault(value) : findTlsFault(value)
    if (fault !== null) return fault
  }
  return null
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function findNatFault(map: Readonly<Record<string, unknown>>): string | null {
  for (const [told, used] of Object.entries(map)) {
    if (readNode(told, null) === null) return `natMap with the address ${described(told)}, which is not host:port`
    if (typeof used !== 'string' || readNode(used, null) === null) {
      return `${described(used)} as natMap[${described(told)}], which is not host:port`
    }
  }
  return null
}

/** Says types instead of values: they may be secrets. */
function findTlsFault(tls: Readonly<Record<string, unknown>>): string | null {
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
  for (const [name, value] of Object.entries(tls)) {
    const isList = name === 'ca' && Array.isArray(value) && value.length > 0 && value.every(isText)
    const isFlag = name === 'rejectUnauthorized' && typeof value === 'boolean'
    const isKnown = name === 'ca' || name === 'rejectUnauthorized' || TLS_TEXTS.includes(name)
    if (!isKnown) return `tls with the unknown member ${described(name)}`
    const fits = isList || isFlag || (name !== 'rejectUnauthorized' && isText(value))
    if (value !== undefined && !fits)
      return `${typeof value === 'string' ? 'an empty text' : typeof value} as tls.${name}`
  }
  return null
}
