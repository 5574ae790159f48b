import type { Hono, MiddlewareHandler } from 'hono'
import { isPulsarError } from '../errors.js'
import type { MonitoringLooks } from '../operate/metrics/monitoring-response.js'
import { MONITORING_STATUS, monitoringResponse } from '../operate/metrics/monitoring-response.js'

/** `GET /metrics` of this node, `GET /metrics/store` of the whole store, and `GET /autoscale/<queue>`. */
export function addMetricsRoutes(app: Hono, guard: MiddlewareHandler, looks: MonitoringLooks): void {
  for (const path of ['/metrics', '/metrics/store', '/autoscale/:queue']) {
    app.get(path, guard, async (c) => {
      try {
        const response = await monitoringResponse(c.req.raw, () => looks)
        return response ?? (await c.notFound())
      } catch (error) {
        const status = isPulsarError(error) ? MONITORING_STATUS[error.code] : undefined
        if (!isPulsarError(error) || status === undefined) throw error
        return Response.json({ error: { code: error.code, message: error.message } }, { status })
      }
    })
  }
}
