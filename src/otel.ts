import * as api from '@opentelemetry/api'
import { described, InvalidOptionError } from './errors.js'
import { checkOptionNames } from './model/check-option-names.js'
import type { OtelOptions } from './telemetry/otel-telemetry.js'
import { OtelTelemetry } from './telemetry/otel-telemetry.js'
import type { Telemetry } from './telemetry/telemetry.js'

export type { OtelOptions } from './telemetry/otel-telemetry.js'
export type { Telemetry } from './telemetry/telemetry.js'

/**
 * Telemetry by OpenTelemetry, with options: `app.container.register(Telemetry, { useValue: otelTelemetry({ parent: 'link' }) })`. Without
 * options the setting `telemetry` is enough.
 *
 * @throws {@link InvalidOptionError}
 */
export function otelTelemetry(options: OtelOptions = {}): Telemetry {
  checkOptions(options)
  return new OtelTelemetry(api, options)
}

const FLAGS = ['createSpans', 'settleSpans', 'sizes'] as const

function checkOptions(options: OtelOptions): void {
  checkOptionNames(options, [...FLAGS, 'parent'])
  for (const name of FLAGS) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'boolean')
      throw new InvalidOptionError(name, 'true or false', described(value))
  }
  const parent: unknown = options.parent
  if (parent !== undefined && parent !== 'child' && parent !== 'link')
    throw new InvalidOptionError('parent', "'child' or 'link'", described(parent))
}
