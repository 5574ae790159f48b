/** The one file that knows the library of charts. It is a chunk of its own. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Series } from '../../../operate/looks.js'

const STEPS = { '1m': 60_000, '10m': 600_000, '1h': 3_600_000 } as const

/** Draws succeeded and failed tasks a step; steps without data stay gaps. */
export function plot(box: HTMLElement, series: Series): { update: (series: Series) => void; end: () => void } {
  // A canvas takes no `var()`: the box's own colour is what one stands for.
  const colour = (name: string): string => {
    box.style.color = `var(${name})`
    return getComputedStyle(box).color
  }
  const axis = { stroke: colour('--dim'), grid: { stroke: colour('--line'), width: 1 } }
  const chart = new uPlot(
    {
      width: box.clientWidth,
      height: 180,
      series: [
        {},
        { label: 'succeeded', stroke: colour('--good'), width: 2, spanGaps: false },
        { label: 'failed', stroke: colour('--bad'), width: 2, dash: [6, 3], spanGaps: false },
      ],
      axes: [axis, { ...axis, size: 60 }],
      scales: { y: { range: (_chart, _least, most) => [0, Math.max(1, most * 1.1)] } },
    },
    dataOf(series),
    box,
  )
  const resized = new ResizeObserver(() => {
    chart.setSize({ width: box.clientWidth, height: 180 })
  })
  resized.observe(box)
  return {
    update: (next) => {
      chart.setData(dataOf(next))
    },
    end: () => {
      resized.disconnect()
      chart.destroy()
    },
  }
}

function dataOf({ points, step }: Series): uPlot.AlignedData {
  const by = new Map(points.map((point) => [point.at, point]))
  const first = points[0]?.at ?? Date.now()
  const last = points.at(-1)?.at ?? first
  const times: number[] = []
  for (let at = first; at <= last; at += STEPS[step]) times.push(at)
  return [
    times.map((at) => at / 1_000),
    times.map((at) => by.get(at)?.succeeded ?? null),
    times.map((at) => by.get(at)?.failed ?? null),
  ]
}
