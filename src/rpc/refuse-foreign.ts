import type { MiddlewareHandler } from 'hono'
import { isLoopback } from '../util/bind-address.js'

/**
 * Without a token, refuses what a web page of somebody else's would send through a browser of this machine: a page may
 * send to any address, and rebind its own name to loopback. Pages say where they come from (`Origin`), and a name that was
 * rebound stands in `Host`.
 *
 * @param loopbackOnly - whether only this machine can reach the service, under a name of loopback
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
