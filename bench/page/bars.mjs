/** Bar charts as one SVG, readable on light and dark pages. */
import { number } from './markdown.mjs'
import { svg, text } from './svg.mjs'

const WIDTH = 720
const LABEL = 170
const VALUE = 90
const BAR = 16
const GAP = 4
const TITLE = 30

/** @param panels - `title` and `bars`, each with `label`, `isOurs`, `median`, `min` and `max` */
export function barCharts(title, panels) {
  let y = 0
  const parts = panels.map(({ title: heading, bars }) => {
    const from = y
    y += TITLE + bars.length * (BAR + GAP) + 14
    return panel(heading, bars, from)
  })
  return svg(title, WIDTH, y, parts.join('\n'))
}

function panel(heading, bars, top) {
  const most = Math.max(...bars.map(({ max }) => max))
  const scale = (value) => (value / most) * (WIDTH - LABEL - VALUE)
  const rows = bars.map(({ label, isOurs, median, min, max }, i) => {
    const y = top + TITLE + i * (BAR + GAP)
    const middle = y + BAR / 2
    const x = (value) => (LABEL + scale(value)).toFixed(1)
    return [
      text(LABEL - 8, middle, label, 'end'),
      `<rect x="${LABEL}" y="${y}" width="${Math.max(1, scale(median)).toFixed(1)}" height="${BAR}" class="${isOurs ? 'ours' : 'other'}"/>`,
      `<line x1="${x(min)}" x2="${x(max)}" y1="${middle}" y2="${middle}" class="range"/>`,
      text(Number(x(max)) + 6, middle, number(median)),
    ].join('\n')
  })
  return [text(0, top + 16, heading, 'start', 'heading'), ...rows].join('\n')
}
