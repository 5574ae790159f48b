import * as api from '@opentelemetry/api'
import type { OtelOptions } from './telemetry/otel-telemetry.js'
import { OtelTelemetry } from './telemetry/otel-telemetry.js'
import type { Telemetry } from './telemetry/telemetry.js'

export type { OtelOptions } from './telemetry/otel-telemetry.js'
export type { Telemetry } from './telemetry/telemetry.js'

/**
 * Telemetry by OpenTelemetry, with options: `app.container.register(Telemetry, { useValue: otelTelemetry({ parent: 'link' }) })`. Without
 * options the setting `telemetry` is enough.
 */
export function otelTelemetry(options: OtelOptions = {}): Telemetry {
  return new OtelTelemetry(api, options)
}
