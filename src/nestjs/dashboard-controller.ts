import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BeforeApplicationShutdown, CanActivate, Type } from '@nestjs/common'
import { All, Controller, Next, Req, Res, UseGuards } from '@nestjs/common'
import { PulsarQueue } from '../app/pulsar-queue.js'
import type { Dashboard } from '../dashboard/create-dashboard.js'
import type { DashboardOptions } from '../dashboard/options.js'

/** The dashboard as a controller of Nest. */
export interface PulsarDashboardOptions extends DashboardOptions {
  /** Where it is: `queues` is `/queues`. */
  readonly path: string
  /** Guards of the controller. Without any, `auth` or this machine alone. */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[] | undefined
}

/** A request of a platform of Nest: that of Express is one of Node, and that of Fastify has one, whose body it has read. */
type PlatformRequest = IncomingMessage | { readonly raw: IncomingMessage; readonly body?: unknown }
type PlatformResponse = ServerResponse | { readonly raw: ServerResponse; readonly hijack: () => unknown }

/**
 * Gives a controller of the dashboard the routes of a platform: all paths below its own. How a platform writes that is known when its
 * adapter is, which is after the controllers were declared, and before their routes are read.
 */
export function routeAll({ prototype }: Type, platform: string): void {
  const serve = Object.getOwnPropertyDescriptor(prototype, 'serve') ?? {}
  All(platform === 'fastify' ? ['', '*'] : ['', '*path'])(prototype as object, 'serve', serve)
}

/** The dashboard as a controller, so that guards apply. Where guards decide, nobody else is asked. */
export function dashboardController({ path, guards = [], ...options }: PulsarDashboardOptions): Type {
  class DashboardController implements BeforeApplicationShutdown {
    readonly #dashboard: Dashboard

    constructor(app: PulsarQueue) {
      const auth = guards.length > 0 ? { authorize: () => ({ user: 'nest', can: 'admin' as const }) } : undefined
      this.#dashboard = app.dashboard({ ...(auth && { auth }), ...options })
    }

    /** Open pages are ended, for Nest waits for all answers before it calls the other hooks. */
    beforeApplicationShutdown(): void {
      this.#dashboard.close()
    }

    serve(request: PlatformRequest, response: PlatformResponse, next: (error: unknown) => void): void {
      const raw = 'raw' in response ? response.raw : response
      if ('hijack' in response) response.hijack()
      const incoming = 'raw' in request ? Object.assign(request.raw, { body: request.body }) : request
      this.#dashboard.express(incoming, raw, next)
    }
  }
  Reflect.defineMetadata('design:paramtypes', [PulsarQueue], DashboardController)
  Controller(path)(DashboardController)
  const { prototype } = DashboardController
  Req()(prototype, 'serve', 0)
  Res()(prototype, 'serve', 1)
  Next()(prototype, 'serve', 2)
  routeAll(DashboardController, 'express')
  UseGuards(...(guards as (Type<CanActivate> | CanActivate)[]))(DashboardController)
  return DashboardController
}
