import type { MiddlewareHandler } from 'hono'
import { isLoopback } from '../settings/bind-address.js'

/**
 * Refuses requests of foreign web pages, for a service without a token. A page in a browser of this machine can send requests
 * to any address, and can rebind its own name to the loopback address. The header `Origin` shows where a page comes from;
 * the header `Host` shows a name that was rebound.
 *
 * @param loopbackOnly - whether the service listens on a loopback address, so that `Host` must name one
 */
export function refuseForeign(loopbackOnly: boolean): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host') ?? ''
    if (loopbackOnly && !isLoopback(nameIn(host))) return c.text('the Host header names another machine', 403)
    const origin = c.req.header('origin')
    if (origin !== undefined && origin !== `http://${host}`) return c.text('the request comes from another site', 403)
    await next()
    return undefined
  }
}

function nameIn(host: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '')
}
