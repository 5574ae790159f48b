import { cumulated, metricFamilies } from './metric-families.js'
import type { Metric, MetricLabels, MetricSample } from './metric.js'

/** The text format of Prometheus (0.0.4), that of OpenMetrics (1.0.0), or a line of JSON for each metric. */
export type MetricsFormat = 'prometheus' | 'openmetrics' | 'json'

/** Content types of the formats. */
export const METRICS_TYPES: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  json: 'application/x-ndjson; charset=utf-8',
}

/** The format that a scraper prefers. @param accept - its header; null: none */
export function metricsFormatOf(accept: string | null): MetricsFormat {
  const quality = (type: string): number => {
    const ranges = (accept ?? '')
      .split(',')
      .filter((range) => range.trim().split(';', 1)[0]?.trim().toLowerCase() === type)
    return Math.max(0, ...ranges.map((range) => Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1)))
  }
  const wanted = quality('application/openmetrics-text')
  return wanted > 0 && wanted >= quality('text/plain') ? 'openmetrics' : 'prometheus'
}

/** Writes metrics as a scraper reads them. */
export function writeMetrics(metrics: readonly Metric[], format: MetricsFormat): string {
  if (format === 'json')
    return metricFamilies(metrics)
      .map((family) => `${JSON.stringify(family)}\n`)
      .join('')
  const isOpen = format === 'openmetrics'
  const lines: string[] = []
  for (const { name, type, help, samples } of metrics) {
    const family = type === 'counter' && !isOpen ? `${name}_total` : name
    lines.push(`# HELP ${family} ${escaped(help)}`, `# TYPE ${family} ${type}`)
    if (isOpen && name.endsWith('_seconds')) lines.push(`# UNIT ${family} seconds`)
    for (const sample of samples) {
      if (sample.buckets === undefined) {
        lines.push(line(type === 'counter' ? `${name}_total` : name, sample.labels, sample.value))
      } else lines.push(...histogram(name, sample, sample.buckets))
    }
  }
  return `${lines.join('\n')}\n${isOpen ? '# EOF\n' : ''}`
}

/** Buckets are cumulative, and their bounds in seconds. */
function histogram(name: string, { labels, value }: MetricSample, buckets: readonly number[]): string[] {
  const bounds = cumulated(buckets)
  const count = bounds.at(-1)?.count ?? 0
  const lines = bounds.map((each) =>
    line(`${name}_bucket`, { ...labels, le: each.le === null ? '+Inf' : bound(each.le) }, each.count),
  )
  return [...lines, line(`${name}_count`, labels, count), line(`${name}_sum`, labels, value)]
}

/** Always with a point: scrapers of both formats see the same label. */
function bound(seconds: number): string {
  return Number.isInteger(seconds) ? `${String(seconds)}.0` : String(seconds)
}

function line(name: string, labels: MetricLabels, value: number): string {
  const written = Object.entries(labels).map(
    ([label, text]) => `${label}="${escaped(String(text)).replaceAll('"', '\\"')}"`,
  )
  return `${name}${written.length === 0 ? '' : `{${written.join(',')}}`} ${Number.isFinite(value) ? String(value) : '+Inf'}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
