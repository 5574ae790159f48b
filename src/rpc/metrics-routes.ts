import type { Hono, MiddlewareHandler } from 'hono'
import { isPulsarError } from '../errors.js'
import type { AutoscaleOptions, AutoscaleSignal } from '../operate/looks.js'
import { autoscaleOptionsOf } from '../operate/metrics/autoscale-options.js'
import type { MetricsFormat } from '../operate/metrics/write-metrics.js'
import { METRICS_TYPES, metricsFormatOf } from '../operate/metrics/write-metrics.js'

/** What monitoring and autoscalers ask a node for. */
export interface MetricsLooks {
  /** Metrics of the workers of this node. */
  readonly node: (format: MetricsFormat) => string
  /** Metrics of the whole store: one node answers for all. */
  readonly store: (format: MetricsFormat) => Promise<string>
  readonly autoscale: (queue: string, options: AutoscaleOptions) => Promise<AutoscaleSignal>
}

/** Statuses of the errors that a scraper or a scaler may meet. What is unknown is never answered as 0. */
const STATUS: Readonly<Record<string, number>> = {
  PQ_INVALID_OPTION: 400,
  PQ_INVALID_DURATION: 400,
  PQ_NOT_KEPT: 501,
  PQ_NOT_MEASURED: 503,
  PQ_BROKER_UNREACHABLE: 503,
  PQ_CLOSED: 503,
}

/** `GET /metrics` of this node, `GET /metrics/store` of the whole store, and `GET /autoscale/<queue>` for the scaler of KEDA. */
export function addMetricsRoutes(app: Hono, guard: MiddlewareHandler, looks: MetricsLooks): void {
  const answer = async (look: () => unknown, type: string): Promise<Response> => {
    try {
      const body = await look()
      return new Response(typeof body === 'string' ? body : JSON.stringify(body), { headers: { 'content-type': type } })
    } catch (error) {
      const status = isPulsarError(error) ? STATUS[error.code] : undefined
      if (!isPulsarError(error) || status === undefined) throw error
      return Response.json({ error: { code: error.code, message: error.message } }, { status })
    }
  }
  app.get('/metrics', guard, async (c) => {
    const format = metricsFormatOf(c.req.header('accept') ?? null)
    return await answer(() => looks.node(format), METRICS_TYPES[format])
  })
  app.get('/metrics/store', guard, async (c) => {
    const format = metricsFormatOf(c.req.header('accept') ?? null)
    return await answer(async () => await looks.store(format), METRICS_TYPES[format])
  })
  app.get('/autoscale/:queue', guard, async (c) => {
    const options = autoscaleOptionsOf(new URL(c.req.url).searchParams)
    return await answer(async () => await looks.autoscale(c.req.param('queue'), options), 'application/json')
  })
}
