import { LATENCY_BOUNDS } from '../../model/latency-buckets.js'
import type { Metric, MetricLabels, MetricSample } from './metric.js'

/** A metric with its samples, as JSON has it. */
export interface MetricFamily {
  /** As OpenMetrics has it: that of a counter without `_total`. */
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly help: string
  readonly samples: readonly FamilySample[]
}

export interface FamilySample {
  readonly labels: MetricLabels
  /** Of a histogram the sum. */
  readonly value: number
  /** Of a histogram: how many were at most as long as each bound. The last bound is null: there is none. */
  readonly buckets?: readonly { readonly le: number | null; readonly count: number }[]
}

/** Metrics as JSON has them. */
export function metricFamilies(metrics: readonly Metric[]): MetricFamily[] {
  return metrics.map(({ name, type, help, samples }) => ({ name, type, help, samples: samples.map(familySample) }))
}

function familySample({ labels, value, buckets }: MetricSample): FamilySample {
  return buckets === undefined ? { labels, value } : { labels, value, buckets: cumulated(buckets) }
}

/** The numbers of a histogram up to each bound, and the bounds in seconds. */
export function cumulated(buckets: readonly number[]): { le: number | null; count: number }[] {
  let count = 0
  return [...LATENCY_BOUNDS.map((ms) => ms / 1_000), null].map((le, i) => {
    count += buckets[i] ?? 0
    return { le, count }
  })
}
