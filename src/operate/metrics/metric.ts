/** Labels of a sample: few values each, and never ids or hosts. */
export type MetricLabels = Readonly<Record<string, string | number>>

/** One value of a metric, or one histogram. */
export interface MetricSample {
  readonly labels: MetricLabels
  readonly value: number
  /** Of a histogram, whose `value` is the sum: numbers by bucket, see `LATENCY_BOUNDS`. */
  readonly buckets?: readonly number[]
}

/** A metric with its samples. */
export interface Metric {
  /** Without `_total`. */
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly help: string
  readonly samples: readonly MetricSample[]
}
