import { controlParts } from '../api/api.js'
import { AlertLoop } from '../operate/alerts/alert-loop.js'
import { operationsOf } from '../operate/control-parts.js'
import type { AppServices } from './services.js'

/**
 * Makes what evaluates the alerts of the settings in this process.
 *
 * @throws {@link NotKeptError} where the store has nothing for operators
 */
export function createAlertLoop(services: AppServices): AlertLoop {
  const { config, logger } = services
  const parts = { ...controlParts(services), logger: logger.child('alerts') }
  return new AlertLoop(parts, operationsOf(parts, 'what alerts need'), config.alerts)
}
