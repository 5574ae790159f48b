import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { Series } from '../../../operate/looks.js'
import { get } from '../api.js'
import type { ChartName } from '../chart-data.js'
import { CHARTS, chartData } from '../chart-data.js'
import { beat } from '../live.js'
import { useLoaded } from '../load.js'
import { Chart } from './chart.js'

const SPANS = [
  ['1 h', 3_600_000, '1m'],
  ['1 d', 86_400_000, '10m'],
  ['30 d', 30 * 86_400_000, '1h'],
] as const

/** Updates of the page between two looks at the series. */
const BEATS = 5

/** Charts of a queue, of a job, or of all queues. */
export function SeriesCharts({
  of,
  queue,
  job,
  charts,
}: {
  /** What they are of, for those who hear the page. */
  readonly of: string
  readonly queue?: string
  readonly job?: string
  readonly charts: readonly ChartName[]
}): JSX.Element | null {
  const span = useSignal(0)
  const [, length, step] = SPANS[span.value] ?? SPANS[0]
  const { value } = useLoaded<{ readonly series: Series; readonly now: number }>(
    async (signal) => {
      const now = Date.now()
      const query = {
        step,
        from: String(now - length),
        ...(queue !== undefined && { queue }),
        ...(job !== undefined && { job }),
      }
      return { series: await get<Series>('series', query, signal), now }
    },
    [`${queue ?? ''} ${job ?? ''} ${step}`, Math.floor(beat.value / BEATS)],
  )
  const drawn = useMemo(
    () =>
      value === null
        ? []
        : charts.map((name) => ({
            name,
            kind: CHARTS[name],
            data: chartData(value.series, CHARTS[name], value.now - length, value.now),
          })),
    [value],
  )
  return (
    <section class="part" aria-label={`Charts of ${of}`}>
      <div class="tabs" role="group" aria-label="Time shown">
        {SPANS.map(([name], i) => (
          <button key={name} type="button" aria-pressed={span.value === i} onClick={() => (span.value = i)}>
            {name}
          </button>
        ))}
      </div>
      <div class="charts">
        {drawn.map(({ name, kind, data }) => (
          <Chart key={`${name} ${step}`} kind={kind} data={data} />
        ))}
      </div>
    </section>
  )
}
