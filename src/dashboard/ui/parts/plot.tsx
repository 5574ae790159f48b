/** The one file that knows the library of charts. It is a chunk of its own. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { ChartData } from '../chart-data.js'

/** How values are written, and on which axis they stand. */
export interface PlotStyle {
  readonly show: (value: number) => string
  readonly isLog: boolean
}

const HEIGHT = 180
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum of the library exists for the compiler only
const LOGARITHMIC = 3 as uPlot.Scale.Distr
/** The least that a logarithmic axis shows. */
const LEAST = 0.5

/** Draws lines; what is not known stays a gap, and the interval that is not over is dashed. */
export function plot(
  box: HTMLElement,
  data: ChartData,
  { show, isLog }: PlotStyle,
): { update: (data: ChartData) => void; end: () => void } {
  // A canvas takes no `var()`: the box's own colour is what one stands for.
  const colour = (name: string): string => {
    box.style.color = `var(${name})`
    return getComputedStyle(box).color
  }
  const axis = { stroke: colour('--dim'), grid: { stroke: colour('--line'), width: 1 } }
  const chart = new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      series: [
        {},
        ...data.lines.flatMap(({ label, colour: name }) => {
          const line = { label, stroke: colour(name), width: 2, spanGaps: false }
          return [line, { ...line, dash: [4, 4] }]
        }),
      ],
      axes: [
        axis,
        {
          ...axis,
          size: 70,
          values: (_chart, values: (number | null)[]) => values.map((value) => (value === null ? '' : show(value))),
        },
      ],
      scales: {
        y: isLog
          ? { distr: LOGARITHMIC, range: (_chart, least, most) => [Math.max(LEAST, least / 2), Math.max(10, most * 2)] }
          : { range: (_chart, _least, most) => [0, Math.max(1, most * 1.1)] },
      },
    },
    dataOf(data, isLog),
    box,
  )
  const resized = new ResizeObserver(() => {
    chart.setSize({ width: box.clientWidth, height: HEIGHT })
  })
  resized.observe(box)
  return {
    update: (next) => {
      chart.setData(dataOf(next, isLog))
    },
    end: () => {
      resized.disconnect()
      chart.destroy()
    },
  }
}

/** Each line twice: what is over, and behind it, dashed, what is not. */
function dataOf({ times, lines }: ChartData, isLog: boolean): uPlot.AlignedData {
  const last = times.length - 1
  const drawn = (value: number | null): number | null => (value === null || !isLog ? value : Math.max(LEAST, value))
  return [
    times.map((at) => at / 1_000),
    ...lines.flatMap(({ values }) => [
      values.map((value, i) => (i < last ? drawn(value) : null)),
      values.map((value, i) => (i >= last - 1 ? drawn(value) : null)),
    ]),
  ]
}
