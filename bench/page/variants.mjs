/** The part of the page about settings of the store and the queue. */
import { summaryOf } from '../lib/stats.mjs'
import { figures, groups } from '../variants/table.mjs'
import { measuredOn, spread, table } from './markdown.mjs'

function groupSection(name, { machine, rounds, rows }) {
  const { title, says, rows: all } = groups[name]
  const head = ['', ...figures.map(({ label, unit }) => `${label} (${unit})`)]
  const lines = Object.entries(rows).map(([row, measured]) => [
    all[row].label,
    ...figures.map(({ of }) => spread(summaryOf(measured, of), rounds)),
  ])
  return `### ${title}

${says}

${table([head, ...lines])}

${measuredOn(machine, rounds)}
`
}

export function variantsSection(varied) {
  const names = Object.keys(groups).filter((name) => name in varied)
  return `## Settings that were tried\n\n${names.map((name) => groupSection(name, varied[name])).join('\n')}`
}
