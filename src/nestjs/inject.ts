import { Inject } from '@nestjs/common'
import { Api } from '../api/api.js'

/** Tokens of what only this module knows. */
export const CLIENT = Symbol.for('pulsar-queue.nestjs.client')
export const OPTIONS = Symbol.for('pulsar-queue.nestjs.options')
/** The controller of the dashboard; null: there is none. */
export const DASHBOARD = Symbol.for('pulsar-queue.nestjs.dashboard')

/** Injects the generated client, where `forRoot` has the option `client`; else `api.tasks`. */
export function InjectClient(): ParameterDecorator & PropertyDecorator {
  return Inject(CLIENT)
}

/** Injects the api of the app. */
export function InjectApi(): ParameterDecorator & PropertyDecorator {
  return Inject(Api)
}
