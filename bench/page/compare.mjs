/** The part of the page that compares pulsar-queue with other queues. */
import { summaryOf } from '../lib/stats.mjs'
import { costs, figures } from '../workloads/figures.mjs'
import { barCharts } from './bars.mjs'
import { listed, measuredOn, number, spread, table } from './markdown.mjs'

const OURS = 'pulsar-queue'
/** The columns that ours is divided by. */
const MEASURES = ['BullMQ', 'lease loop']

/** Every figure of the run: its workload, and for each column its summary or null. */
function rowsOf({ columns, results }) {
  return Object.entries(figures).flatMap(([workload, own]) =>
    workload in results
      ? own.map((figure) => ({
          ...figure,
          summaries: columns.map((_, i) => summaryOf(results[workload][i], figure.of)),
        }))
      : [],
  )
}

/** How many times better ours is: below 1 the other one is ahead; null where one of them has no figure. */
function ratio({ summaries, lessIsBetter }, ours, other) {
  if (other < 0 || !summaries[ours] || !summaries[other]) return null
  const quotient = summaries[ours].median / summaries[other].median
  return lessIsBetter ? 1 / quotient : quotient
}

/** The names of those that are ahead of pulsar-queue on Redis, with how far. */
function ahead(row, columns, ours) {
  return columns.flatMap(({ name, store }, i) => {
    const times = store === 'redis' && i !== ours ? ratio(row, ours, i) : null
    return times !== null && times < 1 ? [{ name, times: 1 / times }] : []
  })
}

function results({ columns, rounds }, rows, ours) {
  const others = MEASURES.map((name) => columns.findIndex((column) => column.name === name))
  const head = ['', ...columns.map(({ name }) => name), ...MEASURES.map((name) => `to ${name}`)]
  return table([
    head,
    ...rows.map((row) => [
      `${ahead(row, columns, ours).length > 0 ? '▼ ' : ''}${row.label} (${row.unit})`,
      ...row.summaries.map((summary) => spread(summary, rounds)),
      ...others.map((i) => ratio(row, ours, i)).map((times) => (times === null ? '–' : `${number(times)} ×`)),
    ]),
  ])
}

/** Where another one is ahead, as sentences. */
function losses({ columns }, rows, ours) {
  const lost = rows.flatMap((row) => {
    const others = ahead(row, columns, ours)
    const each = others.map(({ name, times }) => `${name} by ${number(times)} ×`)
    return others.length === 0 ? [] : [`- **${row.label}**: ${listed(each)}`]
  })
  if (lost.length === 0) return 'In this run no other one is ahead of pulsar-queue on Redis in any of them.'
  return `Where another one is ahead of pulsar-queue on Redis, the table has ▼:\n\n${lost.join('\n')}`
}

function costTable({ columns, results: measured }) {
  const rows = Object.keys(figures).flatMap((workload) =>
    Object.entries(costs).flatMap(([part, label]) => {
      const summaries = (measured[workload] ?? []).map((each) => summaryOf(each, part))
      const cells = summaries.map((summary) => (summary ? number(summary.median) : '–'))
      return summaries.some((summary) => summary !== null)
        ? [[`${figures[workload][0].label}: ${label}`, ...cells]]
        : []
    }),
  )
  return table([['', ...columns.map(({ name }) => name)], ...rows])
}

/** Which of them keep results that can be read later. */
function readable({ columns, results: measured }) {
  if (!measured.bytes) return ''
  const without = columns.filter((_, i) => measured.bytes[i].some((each) => each.readable === false))
  const all = 'The result of a task can be read later with every one of them'
  if (without.length === 0) return `${all}.`
  return `${all} but ${listed(without.map(({ name }) => name))}, whose results only the waiting caller gets.`
}

export function compareSection(run) {
  const { columns, failures, machine, rounds, everysec } = run
  const ours = columns.findIndex(({ name }) => name === OURS)
  const rows = rowsOf(run)
  const versions = columns.filter(({ store }) => store === 'redis').map(({ name, version }) => `${name} ${version}`)
  const failed = failures.map((failure) => `- ${failure}`)
  return `## Beside other queues

${measuredOn(machine, rounds)} ${listed(versions)}; Redis with ${everysec ? 'an append-only file, synced each second' : 'no persistence'}.

${results(run, rows, ours)}

More tasks per second are better, and fewer milliseconds and bytes. The last two columns say how many times better pulsar-queue on
Redis is; below 1 the other one is. ${readable(run)}

${losses(run, rows, ours)}
${failed.length === 0 ? '' : `\nWhat failed:\n\n${failed.join('\n')}\n`}
![Tasks per second beside other queues](benchmarks/throughput.svg)

### What a task costs

Medians for one task; memory is that of a worker process at the end. CPU is that of the whole process, its threads included.
Commands that a script sends count, too; calls of scripts and the time that they take are those of \`INFO commandstats\`.

${costTable(run)}
`
}

/** A chart for each rate. */
export function compareCharts(run) {
  const panels = rowsOf(run)
    .filter(({ unit }) => unit === 'per s')
    .map(({ label, unit, summaries }) => ({
      title: `${label} (${unit})`,
      bars: run.columns.flatMap(({ name, peer }, i) =>
        summaries[i] ? [{ label: name, isOurs: peer === OURS, ...summaries[i] }] : [],
      ),
    }))
    .filter(({ bars }) => bars.length > 0)
  return { 'docs/benchmarks/throughput.svg': barCharts('Tasks per second beside other queues', panels) }
}

const QUICK = 'quick: less time, one round. The figures of docs/benchmarks.md are those of full runs.'

/** The medians for a terminal. */
export function terminalTable(run) {
  const cells = rowsOf(run).map(({ label, unit, summaries }) => [
    `${label}, ${unit}`,
    ...summaries.map((summary) => (summary ? number(summary.median) : '–')),
  ])
  const rows = [['', ...run.columns.map(({ name }) => name)], ...cells]
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  const padded = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  const table = rows.map((row) => row.map(padded).join('  '))
  return [...table, ...(run.quick ? ['', QUICK] : [])].join('\n')
}
