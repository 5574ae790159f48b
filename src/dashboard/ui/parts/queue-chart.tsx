import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { Series } from '../../../operate/looks.js'
import { get } from '../api.js'
import { absolute, count } from '../format.js'
import { beat } from '../live.js'
import { useLoaded } from '../load.js'

const SPANS = [
  ['1 h', 3_600_000, '1m'],
  ['1 d', 86_400_000, '10m'],
  ['30 d', 30 * 86_400_000, '1h'],
] as const

/** Ended and failed tasks of a queue over time. */
export function QueueChart({ queue }: { readonly queue: string }): JSX.Element | null {
  const span = useSignal(0)
  const isTable = useSignal(false)
  const [, length, step] = SPANS[span.value] ?? SPANS[0]
  const { value } = useLoaded<Series>(
    async (signal) => await get('series', { queue, step, from: String(Date.now() - length) }, signal),
    [`${queue} ${step}`, Math.floor(beat.value / 5)],
  )
  if (value === null) return null
  return (
    <section class="part" aria-label={`Throughput of ${queue}`}>
      <div class="tabs" role="group" aria-label="Time shown">
        {SPANS.map(([name], i) => (
          <button key={name} type="button" aria-pressed={span.value === i} onClick={() => (span.value = i)}>
            {name}
          </button>
        ))}
        <button type="button" aria-pressed={isTable.value} onClick={() => (isTable.value = !isTable.value)}>
          As table
        </button>
      </div>
      {isTable.value ? <Points series={value} /> : <Plot series={value} />}
    </section>
  )
}

function Plot({ series }: { readonly series: Series }): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const drawn = useRef<{ readonly update: (series: Series) => void; readonly end: () => void } | null>(null)
  useEffect(() => {
    let isGone = false
    // The library of charts is loaded with the first chart.
    void import('./plot.js').then(({ plot }) => {
      if (!isGone && box.current) drawn.current = plot(box.current, series)
    })
    return () => {
      isGone = true
      drawn.current?.end()
    }
  }, [])
  useEffect(() => drawn.current?.update(series), [series])
  return (
    <div
      ref={box}
      class="plot"
      role="img"
      aria-label="Ended and failed tasks over time; the button beside shows them as a table"
    />
  )
}

function Points({ series }: { readonly series: Series }): JSX.Element {
  return (
    <div class="scroll" role="region" aria-label="Points of the chart" tabIndex={0}>
      <table>
        <caption class="unseen">Ended and failed tasks over time</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" class="number">
              Succeeded
            </th>
            <th scope="col" class="number">
              Failed
            </th>
            <th scope="col" class="number">
              Retried
            </th>
          </tr>
        </thead>
        <tbody>
          {series.points.map(({ at, succeeded, failed, retried }) => (
            <tr key={at}>
              <td>{absolute(at)}</td>
              <td class="number">{count(succeeded)}</td>
              <td class="number">{count(failed)}</td>
              <td class="number">{count(retried)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
