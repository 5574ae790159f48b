/** The table of durabilities of docs/reliability.md, from bench/durability.json. */

const ENGINES = { redis: 'Redis', embedded: 'embedded' }

const lost = (loss) => (loss ? `${loss.lost.toLocaleString('en-US')} of ${loss.of.toLocaleString('en-US')}` : '–')
const times = (ratio) => `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`

/** @param results - as `npm run durability` keeps them @returns lines of Markdown */
export function durabilityTable({ date, node, rows }) {
  const head = ['store', 'durability', 'server', 'one call', 'many at once', 'kill -9', 'loss of power', 'failover']
  const cells = rows.map(({ engine, durability, setUp, cost, loss }) => [
    ENGINES[engine],
    `\`${durability}\``,
    setUp === '' ? '–' : setUp,
    cost ? `${cost.ms.toFixed(2)} ms, ${times(cost.slower)}` : '–',
    cost ? `${Math.round(cost.perSecond / 1_000)} k/s, ${times(cost.share)}` : '–',
    lost(loss?.kill),
    lost(loss?.power),
    lost(loss?.failover),
  ])
  return [
    `Measured on ${date} with Node ${node} by \`npm run durability\`, on two cores whose disk is a virtual one. **One call** is the time of a call with one task, **many at`,
    'once** the rate of 8 calls with 250 tasks each; the ratios are to the first row of the same engine. The other columns are acknowledged tasks that',
    'were lost, while a program queued one after the other: when the server, or the program that has the embedded store, is killed and started again; when what was not',
    'synced is lost, too; when the master is killed, and a replica that is 20 ms behind takes its place. Nobody restores anything there: a worker or a producer that lives on',
    'does ([below](#what-a-failover-can-lose-and-what-is-restored)).',
    '',
    ...[head, ['---', '---', '---', '--:', '--:', '--:', '--:', '--:'], ...cells].map(
      (row) => `| ${row.join(' | ')} |`,
    ),
  ]
}
