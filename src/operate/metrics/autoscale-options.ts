import type { Duration } from '../../model/duration.js'
import type { AutoscaleOptions } from '../looks.js'

/** The options of an autoscale request: `?drain=5m&slots=10`. What is wrong with them is said where they are used. */
export function autoscaleOptionsOf(query: URLSearchParams): AutoscaleOptions {
  const [drain, slots] = [query.get('drain'), query.get('slots')]
  return {
    ...(drain !== null && { drain: (/^\d+(?:\.\d+)?$/.test(drain) ? Number(drain) : drain) as Duration }),
    // An empty text, or one such as 1e1, is no number.
    ...(slots !== null && { slots: /^\d+(?:\.\d+)?$/.test(slots) ? Number(slots) : NaN }),
  }
}
