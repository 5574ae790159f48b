import { latencyQuantile } from '../../model/latency-buckets.js'
import type { Series, SeriesPoint } from '../../operate/looks.js'
import { ringOf } from '../../stores/series-rings.js'
import type { Mark } from './deploy-marks.js'
import { count, latency } from './format.js'
import type { Span } from './zoom.js'

/** One line of a chart. Null: nothing is known, and the line has a gap. */
export interface ChartLine {
  readonly label: string
  readonly values: readonly (number | null)[]
  /** Name of a colour of the style sheet. */
  readonly colour: string
}

/** What a chart draws. */
export interface ChartData {
  /** Begins of the intervals, ms since the epoch, without a gap. */
  readonly times: readonly number[]
  /** Whether the last one is that of now, which is not over. */
  readonly isOpen: boolean
  /** Length of an interval, ms. */
  readonly length: number
  /** Vertical lines. */
  readonly marks: readonly Mark[]
  readonly lines: readonly ChartLine[]
}

/** What a chart shows of a series. */
export interface ChartKind {
  readonly title: string
  readonly lines: readonly {
    readonly label: string
    readonly colour: string
    readonly of: (point: SeriesPoint) => number | null
  }[]
  readonly show: (value: number) => string
  /** Whether the axis is logarithmic: latencies differ by powers of ten. */
  readonly isLog: boolean
}

/** What a chart shows of its time. */
export interface ChartTime {
  readonly shown: Span
  readonly now: number
  readonly marks: readonly Mark[]
}

/** The lines of a chart, with a place for each interval, whether anything is known of it or not. */
export function chartData({ points, step }: Series, { lines }: ChartKind, { shown, now, marks }: ChartTime): ChartData {
  const { from, to } = shown
  const { length } = ringOf(step)
  const by = new Map(points.map((point) => [point.at, point]))
  const times: number[] = []
  for (let at = Math.floor(from / length) * length; at < to && at <= now; at += length) times.push(at)
  return {
    times,
    isOpen: (times.at(-1) ?? 0) + length > now,
    length,
    marks,
    lines: lines.map(({ label, colour, of }) => ({
      label,
      colour,
      values: times.map((at) => {
        const point = by.get(at)
        return point === undefined ? null : of(point)
      }),
    })),
  }
}

const percentiles = (of: 'wait' | 'run'): ChartKind['lines'] => [
  { label: '50 %', colour: '--good', of: (point) => latencyQuantile(point[of], 0.5) },
  { label: '95 %', colour: '--link', of: (point) => latencyQuantile(point[of], 0.95) },
  { label: '99 %', colour: '--warn', of: (point) => latencyQuantile(point[of], 0.99) },
]

/** The charts that there are. */
export const CHARTS = {
  throughput: {
    title: 'Ended tasks',
    lines: [
      { label: 'Succeeded', colour: '--good', of: ({ succeeded }) => succeeded },
      { label: 'Failed', colour: '--bad', of: ({ failed }) => failed },
      { label: 'Retried', colour: '--warn', of: ({ retried }) => retried },
    ],
    show: count,
    isLog: false,
  },
  failures: {
    title: 'Failures',
    lines: [
      { label: 'Failed', colour: '--bad', of: ({ failed }) => failed },
      { label: 'Retried', colour: '--warn', of: ({ retried }) => retried },
    ],
    show: count,
    isLog: false,
  },
  waiting: {
    title: 'Waiting tasks',
    lines: [
      { label: 'Ready', colour: '--link', of: ({ ready }) => ready },
      { label: 'Running', colour: '--good', of: ({ held }) => held },
      { label: 'Delayed', colour: '--dim', of: ({ delayed }) => delayed },
    ],
    show: count,
    isLog: false,
  },
  wait: { title: 'Wait, from due to start', lines: percentiles('wait'), show: latency, isLog: true },
  run: { title: 'Run', lines: percentiles('run'), show: latency, isLog: true },
} as const satisfies Readonly<Record<string, ChartKind>>

export type ChartName = keyof typeof CHARTS
