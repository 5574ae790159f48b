import type { IncomingMessage, ServerResponse } from 'node:http'
import { Gate } from './auth/gate.js'
import { checkDashboardOptions } from './check-options.js'
import type { DashboardHost, DashboardService } from './dashboard.js'
import type { FastifyLike } from './mounts.js'
import { expressMount, fastifyMount } from './mounts.js'
import type { DashboardOptions } from './options.js'

/**
 * The dashboard of an app, as a function that answers requests: `serve({ fetch: dashboard })`, `hono.mount('/queues', dashboard)`.
 * It can be mounted at any path, which need not be told.
 */
export interface Dashboard {
  (request: Request): Promise<Response>
  /** Middleware: `app.use('/queues', dashboard.express)`. */
  readonly express: (request: IncomingMessage, response: ServerResponse, next: (error: unknown) => void) => void
  /** Plugin: `app.register(dashboard.fastify, { prefix: '/queues' })`. */
  readonly fastify: (instance: FastifyLike) => Promise<void>
  /** Connects now, and not with the first request. What it rejects with, requests are answered with. */
  readonly start: () => Promise<void>
  /** Ends the updates that are sent to open pages. The app's `close()` does so, too. */
  readonly close: () => void
}

/** @throws {@link InvalidOptionError}; {@link DashboardAuthError} */
export function createDashboard(host: DashboardHost, options: DashboardOptions): Dashboard {
  checkDashboardOptions(options)
  const gate = new Gate(options.auth ?? null, options.readOnly ?? false)
  let service: Promise<DashboardService> | null = null
  const fetch = async (request: Request): Promise<Response> => {
    // With the texts of the page, which most processes of an app never need.
    service ??= import('./dashboard.js').then((module) => new module.DashboardService(host, gate, options))
    return await (await service).fetch(request)
  }
  return Object.assign(fetch, {
    express: expressMount(fetch),
    fastify: fastifyMount(fetch),
    start: async () => {
      await host.api()
    },
    close: () => {
      void service?.then((opened) => opened.close())
    },
  })
}
