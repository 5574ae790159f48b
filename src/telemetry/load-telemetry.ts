import { TelemetryMissingError } from '../errors.js'
import type { OtelApi } from './otel-telemetry.js'
import type { Telemetry } from './telemetry.js'

/** Values of the setting `telemetry`. */
export type TelemetrySetting = 'auto' | 'otel' | 'none'
export const TELEMETRIES: readonly TelemetrySetting[] = ['auto', 'otel', 'none']

/** Under this symbol `@opentelemetry/api` keeps what an SDK has registered. Without an SDK nothing is there, even after an import. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** The name of the package in a variable: a bundler would ask for a package that most applications do not have. */
const PACKAGE = '@opentelemetry/api'

/**
 * The telemetry that the setting asks for; null: none. `auto` is OpenTelemetry where an SDK has registered before.
 *
 * @throws {@link TelemetryMissingError}
 */
export async function loadTelemetry(setting: TelemetrySetting): Promise<Telemetry | null> {
  if (setting === 'none' || (setting === 'auto' && !hasSdk())) return null
  let api: OtelApi
  try {
    api = (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ PACKAGE)) as OtelApi
  } catch (error) {
    throw new TelemetryMissingError({ cause: error })
  }
  // Only who records loads it.
  const { OtelTelemetry } = await import('./otel-telemetry.js')
  return new OtelTelemetry(api)
}

function hasSdk(): boolean {
  const registered = (globalThis as Readonly<Record<symbol, { readonly trace?: unknown } | undefined>>)[REGISTERED]
  return registered?.trace !== undefined
}
