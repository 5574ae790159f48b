/** Where requests come from. A request of the web does not say it; the server that took it knows. */
const addresses = new WeakMap<Request, string>()

/** Notes from where a request came, and returns it. */
export function withAddress(request: Request, address: string | undefined): Request {
  if (address !== undefined) addresses.set(request, address)
  return request
}

/**
 * What counts as one place: an IPv4 address, or the 64 bits of an IPv6 address that one customer of a provider has. Empty: whoever
 * called the dashboard has not said it, as with a server of the application's own.
 */
export function requestPlace(request: Request): string {
  const address = (addresses.get(request) ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::', 2)
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const behind = tail === '' ? [] : tail.split(':')
    groups.push(...Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0'), ...behind)
  }
  return groups.slice(0, 4).join(':')
}
