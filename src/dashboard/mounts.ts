import type { IncomingMessage, ServerResponse } from 'node:http'
import { withAddress } from './request-address.js'

type Fetch = (request: Request) => Promise<Response>
type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>

/** A request of Express: a parser of bodies may have read its body already. */
interface ReadRequest extends IncomingMessage {
  readonly body?: unknown
}

/** The parts of a Fastify instance that a mount uses. */
export interface FastifyLike {
  removeAllContentTypeParsers: () => unknown
  addContentTypeParser: (
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ) => unknown
  all: (
    path: string,
    handler: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack: () => unknown },
    ) => void,
  ) => unknown
}

/** Middleware for Express: `app.use('/queues', dashboard.express)`. */
export function expressMount(
  fetch: Fetch,
): (request: IncomingMessage, response: ServerResponse, next: (error: unknown) => void) => void {
  const listener = lazyListener(fetch)
  return (request, response, next) => {
    listener(request, response).catch(next)
  }
}

/** Plugin for Fastify: `app.register(dashboard.fastify, { prefix: '/queues' })`. */
export function fastifyMount(fetch: Fetch): (instance: FastifyLike) => Promise<void> {
  const listener = lazyListener(fetch)
  return async (instance) => {
    // The body stays unread, for the dashboard. A plugin's parsers are its own.
    instance.removeAllContentTypeParsers()
    instance.addContentTypeParser('*', (_request, _payload, done) => {
      done(null)
    })
    for (const path of ['/', '/*']) {
      instance.all(path, ({ raw }, reply) => {
        reply.hijack()
        void listener(raw, reply.raw)
      })
    }
    await Promise.resolve()
  }
}

/** The adapter to Node's own requests, loaded with the first of them. */
function lazyListener(fetch: Fetch): Listener {
  let listener: Promise<Listener> | null = null
  return async (incoming, outgoing) => {
    listener ??= import('@hono/node-server').then(({ getRequestListener }) =>
      getRequestListener(async (request, env) => await fetch(received(request, env.incoming as ReadRequest)), {
        overrideGlobalObjects: false,
      }),
    )
    await (
      await listener
    )(incoming, outgoing)
  }
}

/** A request as the dashboard gets it: with its body, and with the address that it comes from. */
export function received(request: Request, incoming: ReadRequest): Request {
  return withAddress(withBody(request, incoming), incoming.socket.remoteAddress)
}

/** Parsers of text and of bytes leave it as it came. */
function textOf(body: unknown): string | Buffer<ArrayBuffer> {
  return typeof body === 'string' || Buffer.isBuffer(body)
    ? (body as string | Buffer<ArrayBuffer>)
    : JSON.stringify(body)
}

/** A body that was parsed is written again: the stream that it came from is at its end. */
function withBody(request: Request, { body, readableEnded }: ReadRequest): Request {
  if (!readableEnded || body === undefined || request.method !== 'POST') return request
  const { url, method, signal } = request
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  return new Request(url, { method, headers, signal, body: textOf(body) })
}
