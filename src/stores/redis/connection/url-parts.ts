import type { Credentials } from './redis-location.js'

/** A URL with any number of hosts, taken apart. */
export interface UrlParts {
  readonly credentials: Credentials
  /** As written. None for a socket. */
  readonly hosts: readonly string[]
  /** Decoded, with its slash. */
  readonly path: string
  /** Decoded, by name. */
  readonly parameters: ReadonlyMap<string, string>
}

/** Says in words what is wrong with a URL. */
export class UrlFault extends Error {}

const SHAPE = /^[a-z][a-z0-9+.-]*:\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/i

/**
 * Takes a URL apart. `URL` cannot do that: it refuses several hosts, and the user of a socket, which has no host. A plus sign
 * stands for itself.
 *
 * @param hasManyHosts - whether several hosts may stand in it
 * @throws {@link UrlFault}
 */
export function readUrlParts(url: string, hasManyHosts: boolean): UrlParts {
  if (url.includes('#')) throw new UrlFault("'#' has to be written as %23")
  const [whole, authority = '', path = '', search = ''] = SHAPE.exec(url) ?? []
  if (whole === undefined) throw new UrlFault('after its scheme come :// and a host')
  const at = authority.lastIndexOf('@')
  // Else all but the last of several hosts would be taken for a part of the password.
  if (hasManyHosts && authority.indexOf('@') < at) {
    throw new UrlFault("user and password stand once, before the first host, and '@' in them is written as %40")
  }
  const hosts = authority.slice(at + 1)
  return {
    credentials: readCredentials(authority.slice(0, Math.max(at, 0))),
    hosts: hosts === '' ? [] : hosts.split(','),
    path: decoded(path),
    parameters: readParameters(search),
  }
}

/** `user:password`, percent-encoded. */
function readCredentials(text: string): Credentials {
  const colon = text.indexOf(':')
  const [username, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
  return credentialsOf(decoded(username), decoded(password))
}

/** Credentials without what is empty. */
export function credentialsOf(username = '', password = ''): Credentials {
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) }
}

function readParameters(search: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const part of search.split('&').filter((each) => each !== '')) {
    const [name = '', ...value] = part.split('=')
    const known = decoded(name)
    if (parameters.has(known)) throw new UrlFault(`the parameter ${known} stands twice`)
    parameters.set(known, decoded(value.join('=')))
  }
  return parameters
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new UrlFault("'%' begins a percent-encoded character; '%' itself is written as %25")
  }
}
