import type { PulsarQueueSettings } from './options.js'

/**
 * Types the settings of a configuration file.
 *
 * @example
 * ```ts
 * // pulsar.config.ts
 * import { defineConfig } from 'pulsar-queue'
 *
 * export default defineConfig({ taskPaths: ['./src/jobs/**\/*.ts'], workers: 2 })
 * ```
 *
 * @param settings - the settings
 * @returns the same object
 */
export function defineConfig(settings: PulsarQueueSettings): PulsarQueueSettings {
  return settings
}
