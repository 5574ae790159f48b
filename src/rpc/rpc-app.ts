import type { HttpBindings } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, Handler, MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { HTTPException } from 'hono/http-exception'
import { setMaxListeners } from 'node:events'
import { answerBody } from './json-rpc.js'
import type { MonitoringLooks } from '../operate/metrics/monitoring-response.js'
import { addMetricsRoutes } from './metrics-routes.js'
import type { JsonRpcParts } from './json-rpc.js'
import type { UnreadBody } from '../util/read-body.js'
import { readBody } from '../util/read-body.js'
import { refuseForeign } from './refuse-foreign.js'
import type { RpcReply } from './rpc-error.js'
import { JSON_RPC_ERRORS, errorReply } from './rpc-error.js'
import { toJson } from '../serializers/to-json.js'

/** The parts of the HTTP service. */
export interface RpcAppParts extends JsonRpcParts {
  /** The bearer token that callers must send; null: none. */
  readonly token: string | null
  /** Whether only this machine can reach the service. */
  readonly loopbackOnly: boolean
  /** Aborted when the calls that still wait must end. */
  readonly ending: AbortSignal
  /** Why this node is not ready; null when it is ready. */
  readonly notReady: () => Promise<string | null>
  /** What monitoring and autoscalers ask for. */
  readonly looks: MonitoringLooks
  /** Aborted when the service stops, and so refuses calls. */
  readonly stopping: AbortSignal
}

/** Most bytes of one request. */
export const BODY_LIMIT = 4 * 1024 * 1024

/** The routes: JSON-RPC at `/`, `/healthz` and `/readyz` for load balancers, and what monitoring and autoscalers ask for. */
export function rpcApp(parts: RpcAppParts): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
    c.header('x-content-type-options', 'nosniff')
  })
  app.get('/healthz', (c) => c.json({ status: 'alive' }))
  app.get('/readyz', async (c) => {
    const reason = parts.stopping.aborted ? 'the service stops' : await parts.notReady()
    return reason === null ? c.json({ status: 'ready' }) : c.json({ status: 'not ready', reason }, 503)
  })
  addMetricsRoutes(app, guard(parts), parts.looks)
  app.post('/', guard(parts), jsonOnly, calls(parts))
  app.all('/', (c) => c.text('calls are sent with POST', 405, { allow: 'POST' }))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse()
    if (!hungUp(c)) parts.onInternal('a request', error)
    return refusal(c, 500, JSON_RPC_ERRORS.internal)
  })
  return app
}

function calls(parts: RpcAppParts): Handler {
  return async (c) => {
    const body = parts.stopping.aborted ? 'stopped' : await readBody(c.req.raw, BODY_LIMIT, parts.stopping)
    if (typeof body === 'string') return refusedBody(c, body)
    const { headers, signal: gone } = c.req.raw
    const remoteAddress = getConnInfo(c).remote.address ?? null
    const reply = await whileWaitedFor([gone, parts.ending], async (signal) => {
      return await answerBody(body, parts, { headers, remoteAddress, signal })
    })
    if (reply === null) return c.body(null, 204)
    const written = Array.isArray(reply) ? `[${reply.map((one) => write(one, parts)).join()}]` : write(reply, parts)
    return c.body(written, 200, { 'content-type': 'application/json' })
  }
}

/** Runs a function with a signal that is aborted with the first of others. `AbortSignal.any` would leak into long-lived ones. */
async function whileWaitedFor<T>(
  sources: readonly AbortSignal[],
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  // A batch has as many waits as calls.
  setMaxListeners(0, controller.signal)
  const listeners = sources.map((source) => {
    const abort = (): void => {
      controller.abort(source.reason)
    }
    if (source.aborted) abort()
    source.addEventListener('abort', abort, { once: true })
    return { source, abort }
  })
  try {
    return await act(controller.signal)
  } finally {
    for (const { source, abort } of listeners) source.removeEventListener('abort', abort)
  }
}

function write(reply: RpcReply, parts: RpcAppParts): string {
  try {
    return typeof reply.id === 'bigint' ? writeBigId(reply, reply.id) : toJson(reply)
  } catch (error) {
    parts.onInternal('a reply', error)
    return toJson(errorReply(reply.id, JSON_RPC_ERRORS.internal))
  }
}

/** JSON has numbers of any length, JavaScript writes none of them. The id is the last member of a reply. */
function writeBigId(reply: RpcReply, id: bigint): string {
  return toJson({ ...reply, id: null }).replace(/null}$/, `${String(id)}}`)
}

function guard({ token, loopbackOnly }: RpcAppParts): MiddlewareHandler {
  if (token === null) return refuseForeign(loopbackOnly)
  const message = 'a bearer token is needed'
  return bearerAuth({
    token,
    noAuthenticationHeader: { message },
    invalidAuthenticationHeader: { message },
    invalidToken: { message: 'the bearer token is another one' },
  })
}

/** Whether the caller went away, also in the middle of a request: that is no fault of the service. */
function hungUp(c: Context): boolean {
  const { incoming } = c.env as Partial<HttpBindings>
  return c.req.raw.signal.aborted || incoming?.complete === false
}

/** The types that JSON-RPC over HTTP has. A form of a web page can send none of them. */
const TYPES: readonly string[] = ['application/json', 'application/json-rpc', 'application/jsonrequest']

const jsonOnly: MiddlewareHandler = async (c, next) => {
  const [type = '', ...parameters] = (c.req.header('content-type') ?? '').toLowerCase().split(';')
  const charset = parameters.map((each) => /^charset="?([^"]*)"?$/.exec(each.trim())?.[1]).find((each) => each)
  if (!TYPES.includes(type.trim()) || !['utf-8', 'utf8'].includes(charset ?? 'utf-8')) {
    return c.text('calls are sent as application/json, in UTF-8', 415)
  }
  await next()
  return undefined
}

function refusedBody(c: Context, why: UnreadBody): Response {
  // The rest of the body would be taken for the next request.
  c.header('connection', 'close')
  if (why === 'stopped') return refusal(c, 503, { ...JSON_RPC_ERRORS.unavailable, data: { code: 'PQ_CLOSED' } })
  const data = { expected: `at most ${String(BODY_LIMIT)} bytes` }
  return refusal(c, 413, { ...JSON_RPC_ERRORS.invalidRequest, data })
}

function refusal(c: Context, status: 413 | 500 | 503, error: Parameters<typeof errorReply>[1]): Response {
  return c.json(errorReply(null, error), status)
}
