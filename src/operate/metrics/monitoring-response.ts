import type { AutoscaleOptions, AutoscaleSignal } from '../looks.js'
import { refuseOtherNames } from '../refuse-other-names.js'
import { autoscaleOptionsOf } from './autoscale-options.js'
import type { MetricsFormat } from './write-metrics.js'
import { METRICS_TYPES, metricsFormatOf } from './write-metrics.js'

/** What monitoring and autoscalers ask for. */
export interface MonitoringLooks {
  /** What `…/metrics` answers: of a node, or of the whole store. */
  readonly metrics: (format: MetricsFormat) => string | Promise<string>
  /** What `…/metrics/store` answers: one node answers for all. Absent: there is no such path. */
  readonly store?: (format: MetricsFormat) => Promise<string>
  /** What `…/autoscale/<queue>` answers, for the scaler of KEDA. */
  readonly autoscale: (queue: string, options: AutoscaleOptions) => Promise<AutoscaleSignal>
}

/** Statuses of the errors that a scraper or a scaler may meet. What is unknown is never answered as 0. */
export const MONITORING_STATUS: Readonly<Record<string, number>> = {
  PQ_INVALID_OPTION: 400,
  PQ_INVALID_DURATION: 400,
  // The store answers, and what is in it has to be mended.
  PQ_KEY_TYPE: 409,
  PQ_LAYOUT_VERSION: 409,
  PQ_NOT_KEPT: 501,
  PQ_NOT_MEASURED: 503,
  PQ_BROKER_UNREACHABLE: 503,
  PQ_EMBEDDED_DIRECTORY: 503,
  PQ_CLOSED: 503,
}

/**
 * Answers a request of monitoring, by the end of its path. Rejects with what a look throws.
 *
 * @param enter - gives the looks, once the path is one of them
 * @returns null for another path
 */
export async function monitoringResponse(
  request: Request,
  enter: () => MonitoringLooks | Promise<MonitoringLooks>,
): Promise<Response | null> {
  const { pathname } = new URL(request.url)
  const queue = /\/autoscale\/([^/]+)$/.exec(pathname)?.[1]
  if (queue !== undefined) {
    const { autoscale } = await enter()
    const query = refuseOtherNames(request, ['drain', 'slots'])
    return Response.json(await autoscale(decoded(queue), autoscaleOptionsOf(query)))
  }
  const ofStore = pathname.endsWith('/metrics/store')
  if (!ofStore && !pathname.endsWith('/metrics')) return null
  const { metrics, store } = await enter()
  const look = ofStore ? store : metrics
  if (look === undefined) return null
  refuseOtherNames(request, [])
  const format = metricsFormatOf(request.headers.get('accept'))
  return new Response(await look(format), { headers: { 'content-type': METRICS_TYPES[format] } })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
