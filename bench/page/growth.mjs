/** The part of the page that says how the cost grows. */
import { series } from '../growth/series.mjs'
import { summaryOf } from '../lib/stats.mjs'
import { lineChart } from './lines.mjs'
import { listed, measuredOn, number, spread, table } from './markdown.mjs'

const NAMES = { redis: 'Redis', embedded: 'embedded' }
/** A figure that is worse by less is the same: so much differs between two runs of one point. */
const SAME = 1.2

/** The medians of a figure at the first and the last point, and how many times worse it is at the end; null without both. */
function change(points, { of, lessIsBetter }) {
  const [first, last] = [points[0], points.at(-1)].map((point) => point && summaryOf(point.rounds, of)?.median)
  if (first === undefined || last === undefined || !(first > 0)) return null
  return { first, last, worse: lessIsBetter ? last / first : first / last }
}

/** The finding of a series on one store, from its figures. */
function finding({ figures, axis, samples }, store, points) {
  // The first quarter of the samples is the warm-up of a process.
  const from = samples ? points.slice(Math.floor(points.length / 4)) : points
  if (from.length === 0) return []
  const changes = figures.flatMap((figure) => {
    const found = change(from, figure)
    return found ? [{ ...figure, ...found }] : []
  })
  const told = ({ label, unit, first, last }) =>
    from.length === 1
      ? `${label} ${number(last)} ${unit}`
      : `${label} goes from ${number(first)} to ${number(last)} ${unit}`
  if (from.length === 1) return [`On ${NAMES[store]}: ${listed(changes.map(told))}.`]
  const range = `from ${from[0].at.toLocaleString('en')} to ${from.at(-1).at.toLocaleString('en')} ${axis}`
  const worse = changes.filter((each) => each.worse > SAME)
  const rest =
    worse.length === 0
      ? 'no figure gets worse by more than a fifth'
      : `${listed(worse.map(told))}, and nothing else gets worse by more than a fifth`
  return [`On ${NAMES[store]}, ${range}, ${rest}.`]
}

function seriesSection(name, { machine, rounds, stores }) {
  const own = series[name]
  const figures = own.figures.filter(({ of }) =>
    Object.values(stores).some((points) => points.some((point) => summaryOf(point.rounds, of) !== null)),
  )
  const rows = Object.entries(stores).flatMap(([store, points]) =>
    points.map(({ at, rounds: measured }) => [
      `${NAMES[store]}, ${at.toLocaleString('en')}`,
      ...figures.map(({ of }) => spread(summaryOf(measured, of), rounds)),
    ]),
  )
  const found = Object.entries(stores).flatMap(([store, points]) => finding(own, store, points))
  return `### ${own.title}

${found.join(' ')}

${table([[own.axis, ...figures.map(({ label, unit }) => `${label} (${unit})`)], ...rows])}

${measuredOn(machine, rounds)}
`
}

export function growthSection(grown) {
  const names = Object.keys(series).filter((name) => name in grown)
  return `## How the cost grows

pulsar-queue alone, one thing changed at a time. The sentence above each table is computed from its figures.

${'length' in grown ? '![Tasks per second by length of the queue](benchmarks/length.svg)\n' : ''}
${names.map((name) => seriesSection(name, grown[name])).join('\n')}`
}

/** Rates by the length of the queue. */
export function growthCharts(grown) {
  if (!('length' in grown)) return {}
  const kinds = { enqueue: 'first', drain: 'second' }
  const lines = Object.entries(grown.length.stores).flatMap(([store, points]) =>
    Object.entries(kinds).flatMap(([of, kind]) => {
      const measured = points.flatMap(({ at, rounds }) => {
        const found = summaryOf(rounds, of)
        return found ? [{ at, value: found.median }] : []
      })
      const label = `${of === 'drain' ? 'process' : of}, ${NAMES[store]}`
      return measured.length === 0
        ? []
        : [{ label, kind: store === 'redis' ? kind : `${kind} dashed`, points: measured }]
    }),
  )
  const title = 'Tasks per second by length of the queue'
  return lines.length === 0 ? {} : { 'docs/benchmarks/length.svg': lineChart(title, series.length.axis, lines) }
}
