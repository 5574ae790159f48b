import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { ChartData, ChartKind } from '../chart-data.js'
import { absolute, isUtc } from '../format.js'
import type { Span } from '../zoom.js'

interface ChartParts {
  readonly kind: ChartKind
  readonly data: ChartData
  /** Called with the span over which the viewer has drawn the pointer. */
  readonly onSpan: (span: Span) => void
}

/** A chart with its legend, which can be read as a table. */
export function Chart({ kind, data, onSpan }: ChartParts): JSX.Element {
  const isTable = useSignal(false)
  return (
    <figure class="chart">
      <figcaption>
        <b>{kind.title}</b>
        {kind.lines.map(({ label, colour }) => (
          <span key={label} class="legend">
            <span class={`swatch colour${colour}`} aria-hidden="true" /> {label}
          </span>
        ))}
        <button
          type="button"
          aria-label={`As table: ${kind.title}`}
          aria-pressed={isTable.value}
          onClick={() => (isTable.value = !isTable.value)}
        >
          As table
        </button>
      </figcaption>
      {isTable.value ? <Points kind={kind} data={data} /> : <Plot kind={kind} data={data} onSpan={onSpan} />}
    </figure>
  )
}

function Plot({ kind, data, onSpan }: ChartParts): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const drawn = useRef<{ readonly update: (data: ChartData) => void; readonly end: () => void } | null>(null)
  const latest = useRef(data)
  latest.current = data
  const told = useRef(onSpan)
  told.current = onSpan
  useEffect(() => {
    let isGone = false
    // The library of charts is loaded with the first chart.
    void import('./plot.js').then(({ plot }) => {
      if (!isGone && box.current)
        drawn.current = plot(box.current, latest.current, { ...kind, onSpan: (span) => told.current(span) })
    })
    return () => {
      isGone = true
      drawn.current?.end()
      drawn.current = null
    }
  }, [kind])
  useEffect(() => drawn.current?.update(data), [data, isUtc.value])
  return <div ref={box} class="plot" role="img" aria-label={`${kind.title} over time; the button shows the numbers`} />
}

function Points({ kind, data }: { readonly kind: ChartKind; readonly data: ChartData }): JSX.Element {
  const rows = data.times.flatMap((at, i) => {
    const values = data.lines.map((line) => line.values[i] ?? null)
    return values.every((value) => value === null)
      ? []
      : [{ at, values, isOver: !data.isOpen || i < data.times.length - 1 }]
  })
  return (
    <div class="scroll" role="region" aria-label={`Numbers of the chart: ${kind.title}`} tabIndex={0}>
      <table>
        <caption class="unseen">{kind.title} over time</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {data.lines.map(({ label }) => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map(({ at, values, isOver }) => (
            <tr key={at}>
              <td>
                {absolute(at)}
                {!isOver && ' (not over)'}
              </td>
              {values.map((value, i) => (
                <td key={data.lines[i]?.label} class="number">
                  {value === null ? '–' : kind.show(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="dim">Nothing has ended in this time.</p>}
    </div>
  )
}
