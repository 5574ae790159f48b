/** The table of faults of docs/reliability.md, from spec/faults/results.json. */

const seconds = (ms) => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`)

/** @param results - as the harness keeps them @returns lines of Markdown */
export function faultTable({ date, node, rows, long = [] }) {
  const head = [
    [
      'fault',
      'store',
      'kills',
      'tasks',
      'lost',
      'second starts',
      'late effects',
      'with `fence`',
      'recovery p50',
      'p99',
    ],
  ]
  const order = new Intl.Collator('en', { numeric: true })
  const sorted = rows.toSorted((a, b) => order.compare(a.fault, b.fault) || order.compare(a.store, b.store))
  const cells = sorted.map((row) => [
    `${row.says}`,
    row.store,
    row.kills,
    row.tasks,
    row.lost,
    row.secondStarts,
    row.lateEffects,
    row.fencedSecondEffects,
    seconds(row.p50),
    seconds(row.p99),
  ])
  const named = cells.map((row, i) => [sorted[i].fault, ...row])
  const table = [['', ...head[0]], ['---', '---', '---', ...head[0].slice(2).map(() => '--:')], ...named]
  return [
    `Run on ${date} with Node ${node}, leases of 1 to 5 s, and a machine that was busy with other work; each row is one run, and the`,
    'checker found no violation in any but those that are named.',
    '',
    ...table.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...violated(sorted),
    ...long.map((line) => `${line}\n`),
    'Each row is repeated by its command:',
    '',
    '```sh',
    ...sorted.map(({ command }) => command),
    '```',
  ]
}

function violated(rows) {
  const found = rows.filter(({ violations }) => violations > 0)
  return found.flatMap(({ fault, store, violations }) => [`${fault} on ${store}: ${violations} violations.`, ''])
}
