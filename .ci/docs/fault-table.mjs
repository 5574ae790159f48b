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
    ...long.flatMap(longRun),
    'Each row is repeated by its command:',
    '',
    '```sh',
    ...sorted.map(({ command }) => command),
    '```',
  ]
}

/** A long run in words. */
function longRun({ store, seed, tasks, minutes, kills, lost, secondStarts, violations, first, last }) {
  const count = (number) => number.toLocaleString('en-US')
  const both = (of) => `${of(first)} and ${of(last)}`
  const what = store === 'redis' ? 'keys' : 'files'
  return [
    `**A long run** on ${store}: ${count(tasks)} tasks in ${minutes.toFixed(1)} minutes, through workers that were killed again and again: ${count(kills)} kills, ${count(lost)} tasks`,
    `lost, ${count(secondStarts)} second starts, ${count(violations)} violations. After the second window of 50,000 tasks and in the end, a worker that was never killed had ${both(({ memory }) => memory[0])} MB and`,
    `${both(({ files }) => files[0])} open files, a producer ${both(({ memory }) => memory[1])} MB, and the store ${both(({ keys }) => keys)} ${what} and ${both(({ size }) => size)} MB, which are records that are kept`,
    `for as long as they were asked for. \`npm run soak -- --tasks ${tasks} --store ${store} --seed ${seed}\` repeats it.`,
    '',
  ]
}

function violated(rows) {
  const found = rows.filter(({ violations }) => violations > 0)
  return found.flatMap(({ fault, store, violations }) => [`${fault} on ${store}: ${violations} violations.`, ''])
}
