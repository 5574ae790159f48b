import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CanActivate, Type } from '@nestjs/common'
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

/** A request of a platform of Nest: that of Express is one of Node, and that of Fastify has one. */
type PlatformRequest = IncomingMessage | { readonly raw: IncomingMessage }
type PlatformResponse = ServerResponse | { readonly raw: ServerResponse; readonly hijack: () => unknown }

/** The dashboard as a controller, so that guards apply. Where guards decide, nobody else is asked. */
export function dashboardController({ path, guards = [], ...options }: PulsarDashboardOptions): Type {
  class DashboardController {
    readonly #dashboard: Dashboard

    constructor(app: PulsarQueue) {
      const auth = guards.length > 0 ? { authorize: () => ({ user: 'nest', can: 'admin' as const }) } : undefined
      this.#dashboard = app.dashboard({ ...(auth && { auth }), ...options })
    }

    serve(request: PlatformRequest, response: PlatformResponse, next: (error: unknown) => void): void {
      const raw = 'raw' in response ? response.raw : response
      if ('hijack' in response) response.hijack()
      this.#dashboard.express('raw' in request ? request.raw : request, raw, next)
    }
  }
  Reflect.defineMetadata('design:paramtypes', [PulsarQueue], DashboardController)
  Controller(path)(DashboardController)
  const { prototype } = DashboardController
  const serve = Object.getOwnPropertyDescriptor(prototype, 'serve') ?? {}
  Req()(prototype, 'serve', 0)
  Res()(prototype, 'serve', 1)
  Next()(prototype, 'serve', 2)
  All(['', '*path'])(prototype, 'serve', serve)
  UseGuards(...(guards as (Type<CanActivate> | CanActivate)[]))(DashboardController)
  return DashboardController
}
