/** A chart of lines over an axis of powers of ten, as SVG. */
import { number } from './markdown.mjs'
import { svg, text } from './svg.mjs'

const WIDTH = 720
const HEIGHT = 300
const LEFT = 70
const RIGHT = 190
const TOP = 40
const BOTTOM = 50

/** @param lines - `label`, `kind` (its class in svg.mjs) and `points`, each with `at` and `value` */
export function lineChart(title, axis, lines) {
  const all = lines.flatMap(({ points }) => points)
  const most = Math.max(...all.map(({ value }) => value))
  const [first, last] = [Math.min(...all.map(({ at }) => at)), Math.max(...all.map(({ at }) => at))]
  const across = Math.log(last / first) || 1
  const x = (at) => LEFT + (Math.log(at / first) / across) * (WIDTH - LEFT - RIGHT)
  const y = (value) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM)
  const places = [...new Set(all.map(({ at }) => at))]
  const base = HEIGHT - BOTTOM
  let lowest = -Infinity
  const end = ({ points }) => points.at(-1).value
  const highestFirst = [...lines].sort((a, b) => end(b) - end(a))
  const parts = highestFirst.map(({ label, kind, points }) => {
    const line = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    // Labels of lines that end close together stand below each other.
    const place = Math.max(y(points.at(-1).value), lowest + 15)
    lowest = place
    return `<polyline points="${line}" class="${kind}"/>\n${text(WIDTH - RIGHT + 8, Math.round(place), label, 'start', kind)}`
  })
  return svg(
    title,
    WIDTH,
    HEIGHT,
    [
      text(0, 14, title, 'start', 'heading'),
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${base}" y2="${base}" class="axis"/>`,
      ...places.map((at) => text(x(at).toFixed(1), base + 14, at.toLocaleString('en'), 'middle')),
      text((LEFT + WIDTH - RIGHT) / 2, base + 34, axis, 'middle'),
      ...[0, most / 2, most].map((value) => text(LEFT - 8, y(value).toFixed(1), number(value), 'end')),
      ...parts,
    ].join('\n'),
  )
}
