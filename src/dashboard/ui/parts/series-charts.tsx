import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { Series } from '../../../operate/looks.js'
import { get } from '../api.js'
import type { ChartName } from '../chart-data.js'
import { CHARTS, chartData } from '../chart-data.js'
import type { Mark } from '../deploy-marks.js'
import { deployMarks } from '../deploy-marks.js'
import { beat, workers } from '../live.js'
import { absolute } from '../format.js'
import { useLoaded } from '../load.js'
import { hrefOf, replaceQuery, route } from '../route.js'
import type { Span } from '../zoom.js'
import { spanFilter, stepOf, wholeSpan, zoomOf, zoomQuery } from '../zoom.js'
import { At } from './basics.js'
import { Chart } from './chart.js'
import { ZoomForm } from './zoom-form.js'

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
  const zoom = zoomOf(route.value.query)
  const [, length, ownStep] = SPANS[span.value] ?? SPANS[0]
  const step = zoom === null ? ownStep : stepOf(zoom, Date.now())
  const zoomTo = (to: Span | null): void => {
    replaceQuery(zoomQuery(to))
  }
  const { value } = useLoaded<LoadedSeries>(
    async (signal) => {
      const now = Date.now()
      const shown = zoom ?? { from: now - length, to: now + 1 }
      const query = {
        step,
        from: String(shown.from),
        ...(queue !== undefined && { queue }),
        ...(job !== undefined && { job }),
      }
      return { series: await get<Series>('series', query, signal), shown, now }
    },
    [`${queue ?? ''} ${job ?? ''} ${step} ${JSON.stringify(zoom)}`, Math.floor(beat.value / BEATS)],
  )
  const marks = deployMarks(workers.value ?? [], queue).filter(
    ({ at }) => value !== null && at >= value.shown.from && at < value.shown.to,
  )
  const drawn = useMemo(
    () =>
      value === null
        ? []
        : charts.map((name) => ({
            name,
            kind: CHARTS[name],
            data: chartData(value.series, CHARTS[name], { ...value, marks }),
          })),
    [value, JSON.stringify(marks)],
  )
  return (
    <section class="part" aria-label={`Charts of ${of}`}>
      <div class="tabs" role="group" aria-label="Time shown">
        {SPANS.map(([name], i) => (
          <button
            key={name}
            type="button"
            aria-pressed={zoom === null && span.value === i}
            onClick={() => {
              span.value = i
              if (zoom !== null) zoomTo(null)
            }}
          >
            {name}
          </button>
        ))}
        {zoom !== null && (
          <button type="button" onClick={() => zoomTo(null)}>
            Reset zoom
          </button>
        )}
      </div>
      <p role="status" class={zoom === null ? 'unseen' : ''}>
        {zoom !== null && (
          <>
            {absolute(zoom.from)} to {absolute(zoom.to)}.{' '}
            <a
              href={hrefOf(['tasks'], {
                q: spanFilter(zoom, { ...(queue !== undefined && { queue }), ...(job !== undefined && { job }) }),
              })}
            >
              Tasks of this time
            </a>
          </>
        )}
      </p>
      <div class="charts">
        {drawn.map(({ name, kind, data }) => (
          <Chart
            key={`${name} ${step}`}
            kind={kind}
            data={data}
            onSpan={(drag) => zoomTo(wholeSpan(drag, data.length))}
          />
        ))}
      </div>
      {charts.some((name) => CHARTS[name].isLog) && (
        <p class="dim">
          Percentiles are exact to their bucket (1, 2, 5, 10 … ms): where a line runs within one is a guess.
        </p>
      )}
      <Marks marks={marks} />
      {value !== null && <ZoomForm shown={value.shown} onSpan={zoomTo} />}
    </section>
  )
}

/** What the vertical lines are, for those who do not see them, too. */
function Marks({ marks }: { readonly marks: readonly Mark[] }): JSX.Element | null {
  if (marks.length === 0) return null
  return (
    <p class="dim">
      The vertical lines are the starts of versions, as the workers that live tell them:{' '}
      {marks.map(({ at, label }, i) => (
        <span key={label}>
          {i > 0 && ', '}
          {label} <At at={at} />
        </span>
      ))}
      . Versions whose workers have ended have none.
    </p>
  )
}

interface LoadedSeries {
  readonly series: Series
  readonly shown: Span
  readonly now: number
}
