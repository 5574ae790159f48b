/** The table of faults of docs/reliability.md, from spec/faults/results.json. */

const count = (number) => number.toLocaleString('en-US')
const seconds = (ms) => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`)

const HEAD = [
  ...[
    '',
    'fault',
    'store',
    'invariants',
    'processes killed',
    'servers killed',
    'tasks',
    'lost',
    'second starts',
    'late effects',
    'with `fence`',
  ],
  ...['recoveries', 'p50', 'p99', 'longest', 'of that, with a free worker'],
]

/** @param results - as the harness keeps them @returns lines of Markdown */
export function faultTable({ rows, long = [], days = [] }) {
  const order = new Intl.Collator('en', { numeric: true })
  const sorted = rows.toSorted((a, b) => order.compare(a.fault, b.fault) || order.compare(a.store, b.store))
  const cells = sorted.map((row) => [
    ...[
      isHeld(row) ? row.fault : `**${row.fault}**`,
      row.says,
      row.store,
      verdictOf(row),
      row.kills,
      row.serverKills,
      row.tasks,
      row.lost,
      row.secondStarts,
    ],
    ...[
      row.lateEffects,
      row.fencedSecondEffects,
      row.samples ?? '–',
      seconds(row.p50),
      seconds(row.p99),
      seconds(row.longest),
      seconds(row.longestWait ?? null),
    ],
  ])
  const table = [HEAD, ['---', '---', '---', '---', ...HEAD.slice(4).map(() => '--:')], ...cells]
  return [
    `${datesOf(sorted)} Leases last 1 to 5 s, and the machine was busy with other work. Each row is one run.`,
    ...summary(sorted),
    'A recovery is the time from the death of a worker until a task that it ran starts',
    'again, or from the end of a fault until any task starts; it includes the seconds that a killed process takes to be replaced where no other is alive.',
    'With fewer than 5 of them there is no median, with fewer than 100 no 99th percentile. The last column is the longest time in which a task whose worker',
    'had died waited although another worker of its queue was alive and had a free slot: what the queue itself takes, without the start of processes.',
    '',
    ...table.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...violated(sorted),
    'What each run has injected:',
    '',
    ...sorted.map((row) => `- ${nameOf(row)}: ${injected(row)}`),
    '',
    ...newMasters(sorted),
    'What the checker leaves out of its invariants, and where; in all other rows, nothing:',
    '',
    ...sorted.filter(({ leftOut }) => leftOut.length > 0).map((row) => `- ${nameOf(row)}: ${row.leftOut.join('. ')}`),
    '',
    ...INVARIANTS,
    '',
    ...long.flatMap(longRun),
    ...days.flatMap(day),
    'Each row is repeated by its command:',
    '',
    '```sh',
    ...sorted.map(({ command, date, node }) => `${command}  # ${date}, Node ${node}`),
    '```',
  ]
}

/** When all rows were run, and by which versions of Node. */
function datesOf(rows) {
  const [dates, nodes] = ['date', 'node'].map((name) => [...new Set(rows.map((row) => row[name]))].toSorted())
  return `Run on ${dates.join(', ')} with Node ${nodes.join(', ')}: the commands below say which row was when.`
}

const nameOf = ({ fault, store }) => `${fault} on ${store}`
const injected = (row) =>
  Object.entries(row.injected)
    .map(([name, times]) => `${name} ${count(times)} ×`)
    .join(', ') || 'nothing'

/** How long it took to go on after new masters, where there were any. */
function newMasters(rows) {
  const told = rows.filter((row) => row.newMasters !== undefined)
  if (told.length === 0) return []
  return [
    'The longest time from the moment at which a new master takes writes until a task starts, and until its producer sees one end:',
    '',
    ...told.map((row) => {
      const times = Object.entries(row.newMasters).map(
        ([after, { started, ended }]) => `${after} ${count(started)} ms and ${count(ended)} ms`,
      )
      return `- ${nameOf(row)}: ${times.join(', ')}`
    }),
    '',
  ]
}

/** A long run in words, and a table of what was used early and late in it. */
function longRun(run) {
  const { store, seed, rate, tasks, minutes, kills, lost, secondStarts, p50, p99, usage } = run
  return [
    `**A long run** on ${store}: ${count(tasks)} tasks in ${minutes.toFixed(1)} minutes, through workers that were killed all the time and replaced at once:`,
    `${count(kills)} kills, ${count(lost)} tasks lost, ${count(secondStarts)} second starts, ${violationsOf(run)}. A task of a worker that was killed ran again after ${seconds(p50)} (p50) and`,
    `${seconds(p99)} (p99), with leases of 2 s. Each task was looked up after its end, and all of them are judged.`,
    `\`npm run soak -- --tasks ${tasks} --store ${store} --rate ${rate} --seed ${seed}\` repeats it.`,
    '',
    ...violated([run], 'this run'),
    ...usageTable(usage, legendOf(run, 'ten minutes')),
  ]
}

/** A day in words, with the same table. */
function day(run) {
  const { store, hours, factor, seed, minutes, tasks, ticks, kills, p50, p99, usage } = run
  return [
    `**${hours} hours** on ${store}, in ${minutes.toFixed(1)} minutes: all clocks of ${store === 'redis' ? 'the server, ' : ''}three workers and a producer go by ${factor} times as fast, and all that`,
    `waits by them. ${count(tasks)} tasks, some delayed, retried or failing; ${count(ticks)} ticks of three periodic jobs${isHeld(run) ? ', each once and none missed' : ''}; ${count(kills)} kills; ${violationsOf(run)}.`,
    `What was due was ${seconds(p50)} (p50) and ${seconds(p99)} (p99) late by these clocks, of which a real millisecond is ${(factor / 1_000).toFixed(2)} s.`,
    `\`npm run soak -- --hours ${hours} --factor ${factor} --store ${store} --seed ${seed}\` repeats it.`,
    '',
    ...violated([run], 'this run'),
    ...usageTable(usage, legendOf(run, 'an hour')),
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
const INVARIANTS = [
  'I1: each acknowledged task is in one final state, or live. I2: it has one valid lease, and only its holder’s outcome is recorded. I3: it starts',
  'once, and once more for each retry and reported redelivery. I4: a final state is never overwritten. I5: counters equal what the store holds. I6: an',
  'id is live at most once. I7: `maxConcurrency` is never exceeded. I8: one consumer of a queue gets its tasks in their order. I9: a tick is queued',
  'once. I10: each future settles. I11: a drained queue keeps records and counters alone. I12: a task whose worker has died runs again, or ends, within',
  'twice its lease and seven seconds of the time in which a worker of its queue is alive and has a free slot, and suspects that run alone do so one after',
  'the other, each within that time; and the queues are empty 30 s after the last fault.',
]
/** @param kept - for how long records are kept, in words */
function legendOf({ store, usage }, kept) {
  const isLong = usage.some(({ what, grows }) => what === 'records kept' && grows !== null)
  const inGroups = store === 'redis' ? ', and in Redis for up to three times as long, as it deletes them in groups' : ''
  return [
    'Early and late are medians of the second and of the last tenth of the run;',
    isLong
      ? 'for records and sizes, early is that of the tenth before which the first records have expired.'
      : 'records and sizes are not judged in it, since they grow until the first records expire.',
    'Heaps are measured after a full collection. Tasks that the producer waits for are outstanding.',
    `Records of tasks that are over are kept for ${kept}${inGroups}.`,
    ...(store === 'redis' ? EXPIRING : []),
  ]
}

const EXPIRING = [
  'Keys that expire are those of records; those of series, of which minutes are kept for three hours, tens of minutes for three days and',
  'hours for sixty days; and one of each worker that has told of its runs lately.',
]

const isHeld = ({ violations }) => violations === 0
const violationsOf = ({ violations }) => (violations === 0 ? '0 violations' : `**${count(violations)} violations**`)

const isInvariant = (what) => /^I\d+$/.test(what)

/** Whether the invariants held, in a cell of the table. */
function verdictOf(row) {
  if (isHeld(row)) return 'held'
  const told = row.broken.map(({ what, count: times }) => `${isInvariant(what) ? what : 'other'} ${count(times)} ×`)
  return `**violated**: ${told.join(', ')}`
}

function summary(rows) {
  const broken = rows.filter((row) => !isHeld(row))
  if (broken.length === 0) return [`All of the invariants held in each of the ${rows.length} rows.`]
  return [
    `The invariants held in ${rows.length - broken.length} of ${rows.length} rows. The others say **violated**, and what was violated there is told below the table.`,
  ]
}

/** What was broken, in a sentence each. @param name - of all of them; absent: each has its own */
function violated(rows, name) {
  const lines = rows.flatMap((row) => (row.broken ?? []).map((each) => `- ${name ?? nameOf(row)}: ${sentenceOf(each)}`))
  return lines.length === 0 ? [] : ['**Violated:**', '', ...lines, '']
}

function sentenceOf({ what, count: times, example, limit }) {
  const [first = ''] = example.split('\n')
  // A file of the machine on which it was run says nothing to the reader.
  const line = first.replaceAll(/(?:\/[\w.-]+){2,}/g, '…')
  const whose = isInvariant(what) ? what : `What is expected of ${what} besides`
  const many = times === 1 ? 'once' : `${count(times)} times, such as`
  const reason = limit === undefined ? '' : ` This is a known limit: ${limit}`
  return `${whose} was violated ${many}: \`${line.replaceAll('`', '’')}\`.${reason}`
}
