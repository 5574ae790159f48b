/** The tables and charts of a run. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chart } from './chart.mjs'
import { summary } from './stats.mjs'

const DOCS = new URL('../../docs/', import.meta.url)

/** The medians as a table for the terminal. */
export function table(run) {
  const rows = [['', ...run.columns.map(({ name }) => name)], ...medians(run)]
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')).join('\n')
}

/** Writes `docs/benchmarks.md` and its charts. */
export function report(run) {
  const charts = Object.keys(run.workloads).map((name) => {
    const file = `benchmarks/${name.replace(/\W+/g, '-')}.svg`
    const bars = run.columns.flatMap(({ name: label }, i) => {
      const values = run.results[name][i].map(({ value }) => value)
      return values.length === 0 ? [] : [{ label, ...summary(values) }]
    })
    writeFileSync(fileURLToPath(new URL(file, DOCS)), chart(`${name} (${run.workloads[name].unit})`, bars))
    return `![${name}](${file})`
  })
  writeFileSync(fileURLToPath(new URL('benchmarks.md', DOCS)), page(run, charts))
}

function page(run, charts) {
  const versions = run.columns.filter(({ store }) => store === 'redis').map(({ name, version }) => `${name} ${version}`)
  return `<!-- Written by \`npm run bench\`. -->

# Benchmarks

Measured on ${run.machine}, ${run.durability}, with ${versions.join(', ')}. Medians of ${run.rounds} rounds, with the least and the
most. Each measurement has a fresh store and fresh processes, and the peers take turns. Compare the columns of one run:
absolute figures differ from machine to machine. \`npm run bench\` writes this page anew; \`npm run bench -- --quick\` prints a
short run. [bench/](../bench/README.md) says what each workload does.

## Results

${markdown([['', ...run.columns.map(({ name }) => name)], ...spreads(run)])}

## Against pulsar-queue on Redis

How many times better pulsar-queue is; below 1 the other one is ahead.

${markdown([['', ...run.columns.map(({ name }) => name)], ...ratios(run)])}

## What a task costs

CPU time in µs a task, and commands of Redis a task, the commands inside of scripts included.

${markdown([['', ...run.columns.map(({ name }) => name)], ...costs(run)])}

${charts.join('\n\n')}
`
}

const medians = (run) => each(run, (values) => number(summary(values.map(({ value }) => value)).median))

const spreads = (run) =>
  each(run, (values) => {
    const { median, min, max } = summary(values.map(({ value }) => value))
    return `**${number(median)}** (${number(min)}–${number(max)})`
  })

function ratios(run) {
  const own = run.columns.findIndex(({ peer, store }) => peer === 'pulsar-queue' && store === 'redis')
  return Object.keys(run.workloads).map((name) => {
    const median = (i) => summary(run.results[name][i].map(({ value }) => value)).median
    const cells = run.columns.map((_, i) => {
      if (run.results[name][i].length === 0 || run.results[name][own].length === 0) return '–'
      const ratio = median(own) / median(i)
      return number(run.workloads[name].lessIsBetter ? 1 / ratio : ratio)
    })
    return [name, ...cells]
  })
}

function costs(run) {
  const parts = { producerMicros: 'producer', workerMicros: 'worker', storeMicros: 'Redis', storeCommands: 'commands' }
  return Object.keys(run.workloads).flatMap((name) =>
    Object.entries(parts).flatMap(([part, label]) => {
      const cells = run.columns.map(({ store }, i) => {
        const values = run.results[name][i].map((each) => each[part]).filter((value) => value !== undefined)
        return values.length === 0 || (store === 'embedded' && part.startsWith('store')) ? '–' : number(summary(values).median)
      })
      return cells.every((cell) => cell === '–') ? [] : [[`${name}: ${label}`, ...cells]]
    }),
  )
}

function each(run, cell) {
  return Object.keys(run.results).map((name) => [
    `${name}, ${run.workloads[name].unit}`,
    ...run.results[name].map((values) => (values.length === 0 ? '–' : cell(values))),
  ])
}

function number(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function markdown([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n')
}
