/** The table of faults of docs/reliability.md, from spec/faults/results.json. */

const count = (number) => number.toLocaleString('en-US')
const seconds = (ms) => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`)

/** @param results - as the harness keeps them @returns lines of Markdown */
export function faultTable({ date, node, rows, long = [], days = [] }) {
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
    ...days.flatMap(day),
    'Each row is repeated by its command:',
    '',
    '```sh',
    ...sorted.map(({ command }) => command),
    '```',
  ]
}

/** A long run in words, and a table of what was used early and late in it. */
function longRun({ store, seed, rate, tasks, minutes, kills, lost, secondStarts, violations, p50, p99, usage }) {
  return [
    `**A long run** on ${store}: ${count(tasks)} tasks in ${minutes.toFixed(1)} minutes, through workers that were killed all the time and replaced at once:`,
    `${count(kills)} kills, ${count(lost)} tasks lost, ${count(secondStarts)} second starts, ${count(violations)} violations. A task of a worker that was killed ran again after ${seconds(p50)} (p50) and`,
    `${seconds(p99)} (p99), with leases of 2 s. Each task was looked up after its end, and all of them are judged.`,
    `\`npm run soak -- --tasks ${tasks} --store ${store} --rate ${rate} --seed ${seed}\` repeats it.`,
    '',
    ...usageTable(usage, LEGEND),
  ]
}

/** A day in words, with the same table. */
function day({ store, hours, factor, seed, minutes, tasks, ticks, kills, violations, p50, p99, usage }) {
  return [
    `**${hours} hours** on ${store}, in ${minutes.toFixed(1)} minutes: all clocks of ${store === 'redis' ? 'the server, ' : ''}three workers and a producer go by ${factor} times as fast, and all that`,
    `waits by them. ${count(tasks)} tasks, some delayed, retried or failing; ${count(ticks)} ticks of three periodic jobs, each once and none missed; ${count(kills)} kills; ${count(violations)} violations.`,
    `What was due was ${seconds(p50)} (p50) and ${seconds(p99)} (p99) late by these clocks, of which a real millisecond is ${(factor / 1_000).toFixed(2)} s.`,
    `\`npm run soak -- --hours ${hours} --factor ${factor} --store ${store} --seed ${seed}\` repeats it.`,
    '',
    ...usageTable(usage, ['Records of these tasks are kept for an hour, and those of failures for longer.']),
  ]
}

function usageTable(usage, legend) {
  const told = (number) => (Number.isInteger(number) ? count(number) : number.toFixed(1))
  const rows = usage.map(({ of, what, early, late, grows }) => {
    const verdict = grows === null ? '–' : grows ? '**grows**' : 'flat'
    return [USERS[of] ?? of, what, told(early), told(late), verdict]
  })
  if (rows.length === 0) return []
  const table = [['', '', 'early', 'late', ''], ['---', '---', '--:', '--:', '---'], ...rows]
  return [...table.map((row) => `| ${row.join(' | ')} |`), '', ...legend, '']
}

const USERS = { survivor: 'a worker that was never killed', producer: 'the producer', store: 'the store' }
const LEGEND = [
  'Early and late are medians of the second and of the last tenth of the run. Heaps are measured after a full collection. Tasks that the',
  'producer waits for are outstanding. Records of tasks that are over are kept for ten minutes, and in Redis for up to ten more. Keys that',
  'expire are those of records, a few every five minutes, and of series, every ten minutes, and one of each worker that has told of its runs lately.',
]

function violated(rows) {
  const found = rows.filter(({ violations }) => violations > 0)
  return found.flatMap(({ fault, store, violations }) => [`${fault} on ${store}: ${violations} violations.`, ''])
}
