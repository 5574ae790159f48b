/** The one file that knows the library of charts. It is a chunk of its own. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { ChartData } from '../chart-data.js'
import type { Mark } from '../deploy-marks.js'
import { isUtc } from '../format.js'
import { logTicks, tickText } from '../log-ticks.js'
import { lonePoints } from '../lone-points.js'
import { timeTicks } from '../time-ticks.js'
import type { Span } from '../zoom.js'

/** How values are written, and on which axis they stand. */
export interface PlotStyle {
  readonly show: (value: number) => string
  readonly isLog: boolean
  /** Called with the span over which the viewer has drawn the pointer. */
  readonly onSpan: (span: Span) => void
}

const HEIGHT = 180
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum of the library exists for the compiler only
const LOGARITHMIC = 3 as uPlot.Scale.Distr
/** The least that a logarithmic axis shows. */
const LEAST = 0.5
/** A pointer that moves less than this while its button is held has clicked, pixels. */
const LEAST_DRAG = 5

/** Room at the right for half of the text below the last tick, pixels. */
const RIGHT = 20

/**
 * Draws lines; what is not known stays a gap, and the interval that is not over is dashed. An interval between two gaps is a dot. Times
 * are those of the page: local, or UTC.
 */
export function plot(
  box: HTMLElement,
  data: ChartData,
  { show, isLog, onSpan }: PlotStyle,
): { update: (data: ChartData) => void; end: () => void } {
  // A canvas takes no `var()`: the box's own colour is what one stands for.
  const colour = (name: string): string => {
    box.style.color = `var(${name})`
    return getComputedStyle(box).color
  }
  const axis = { stroke: colour('--dim'), grid: { stroke: colour('--line'), width: 1 } }
  const points = {
    size: 6,
    filter: (of: uPlot, line: number, areShown: boolean): number[] | null => {
      const lone = areShown ? [] : lonePoints([...(of.data[line] ?? [])])
      return lone.length === 0 ? null : lone
    },
  }
  const selected = (of: uPlot): void => {
    const { left, width } = of.select
    if (width === 0) return
    of.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    if (width < LEAST_DRAG) return
    const at = (pixel: number): number => Math.round(of.posToVal(pixel, 'x') * 1_000)
    onSpan({ from: at(left), to: at(left + width) })
  }
  let { marks } = data
  const marked = (of: uPlot): void => drawMarks(of, marks, axis.stroke)
  const chart = new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      padding: [null, RIGHT, null, null],
      legend: { show: false },
      tzDate: (at) => (isUtc.value ? uPlot.tzDate(new Date(at * 1_000), 'Etc/UTC') : new Date(at * 1_000)),
      // Whoever draws the charts zooms all of them at once.
      cursor: { drag: { x: true, y: false, setScale: false } },
      hooks: { setSelect: [selected], draw: [marked] },
      series: [
        {},
        ...data.lines.flatMap(({ label, colour: name }) => {
          const stroke = colour(name)
          const line = { label, stroke, width: 2, spanGaps: false, points: { ...points, fill: stroke } }
          return [line, { ...line, dash: [4, 4] }]
        }),
      ],
      axes: [
        { ...axis, values: (_chart, times, _axis, _space, apart) => timeTicks(times, apart) },
        {
          ...axis,
          size: 70,
          values: (_chart, values: (number | null)[]) =>
            values.map((value) => (value === null ? '' : isLog ? tickText(value) : show(value))),
          // The library's own are at all nine steps of a power of ten, whose lines run into each other.
          ...(isLog && {
            splits: (_chart, _axis, least, most) => logTicks(least, most),
            filter: (_chart, ticks) => ticks,
          }),
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
      marks = next.marks
      chart.setData(dataOf(next, isLog))
    },
    end: () => {
      resized.disconnect()
      chart.destroy()
    },
  }
}

/** A dashed line a mark, with its word beside it, where there is more room. */
function drawMarks(of: uPlot, marks: readonly Mark[], colour: string): void {
  const { ctx, bbox } = of
  const { left, top, width, height } = bbox
  const pixel = devicePixelRatio
  ctx.save()
  ctx.strokeStyle = ctx.fillStyle = colour
  ctx.lineWidth = pixel
  ctx.font = `${String(11 * pixel)}px system-ui, sans-serif`
  ctx.setLineDash([2 * pixel, 3 * pixel])
  for (const { at, label } of marks) {
    // The axis ends where the last interval begins: what is in that one stands at the edge.
    const x = Math.round(Math.min(of.valToPos(at / 1_000, 'x', true), left + width))
    ctx.beginPath()
    ctx.moveTo(x, top)
    ctx.lineTo(x, top + height)
    ctx.stroke()
    const isLeft = x < left + width / 2
    ctx.textAlign = isLeft ? 'left' : 'right'
    ctx.fillText(label, x + (isLeft ? 4 : -4) * pixel, top + 10 * pixel)
  }
  ctx.restore()
}

/** Each line twice: what is over, and behind it, dashed, what is not. */
function dataOf({ times, lines, isOpen }: ChartData, isLog: boolean): uPlot.AlignedData {
  const last = isOpen ? times.length - 1 : times.length
  const drawn = (value: number | null): number | null => (value === null || !isLog ? value : Math.max(LEAST, value))
  return [
    times.map((at) => at / 1_000),
    ...lines.flatMap(({ values }) => [
      values.map((value, i) => (i < last ? drawn(value) : null)),
      values.map((value, i) => (isOpen && i >= last - 1 ? drawn(value) : null)),
    ]),
  ]
}
