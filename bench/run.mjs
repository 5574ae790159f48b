/**
 * `npm run bench`: measures pulsar-queue beside other job queues, and writes `docs/benchmarks.md` with its charts. Options:
 *
 *     --quick            a round of small runs, under three minutes; nothing is written but to the terminal
 *     --rounds <n>       rounds of each measurement (5)
 *     --peers <a,b>      only these
 *     --only <text>      only the workloads whose name contains the text
 *     --everysec         Redis with an append-only file that is synced each second
 *
 * Each measurement has a fresh store and fresh processes. The peers take turns within a round, so that what the machine does
 * meanwhile meets all of them. Compare the columns of one run; absolute figures differ from run to run.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { startStore } from './lib/store.mjs'
import { report, table } from './lib/report.mjs'
import { workloads } from './workloads.mjs'

const ALL = ['pulsar-queue', 'lease-loop', 'bullmq', 'bee-queue', 'groupmq']
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    peers: { type: 'string', default: ALL.join(',') },
    only: { type: 'string', default: '' },
    everysec: { type: 'boolean', default: false },
  },
})
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5))
const full = {
  awaited: 20_000,
  atOnce: 100_000,
  bulk: 100_000,
  drain: 50_000,
  single: 3_000,
  roundTrips: 30_000,
  bytes: 20_000,
}
const quick = {
  awaited: 2_000,
  atOnce: 10_000,
  bulk: 10_000,
  drain: 5_000,
  single: 500,
  roundTrips: 3_000,
  bytes: 5_000,
}
const sizes = options.quick
  ? { tasks: quick, delayed: 500, spread: 2_000 }
  : { tasks: full, delayed: 10_000, spread: 14_000 }

const columns = []
for (const peer of options.peers.split(',')) {
  const { meta } = await import(`./peers/${peer}.mjs`)
  for (const store of meta.stores) {
    columns.push({
      peer,
      store,
      name: store === 'embedded' ? `${meta.name}, embedded` : meta.name,
      version: meta.version,
    })
  }
}
const names = Object.keys(workloads).filter((name) => name.includes(options.only))
const results = Object.fromEntries(names.map((name) => [name, columns.map(() => [])]))
let redis = ''

for (let round = 0; round < rounds; round++) {
  for (const name of names) {
    for (const [i, { peer, store: kind, name: column }] of columns.entries()) {
      const store = await startStore(kind, options.everysec ? 'everysec' : 'none')
      redis = store.version ?? redis
      try {
        const measured = await workloads[name].run({ peer, store, sizes })
        results[name][i].push(measured)
        console.error(
          `${round + 1}/${rounds}  ${name}  ${column}: ${measured.value.toPrecision(3)} ${workloads[name].unit}`,
        )
      } catch (error) {
        // A peer that has no such call, such as delays, has no figure.
        console.error(`${round + 1}/${rounds}  ${name}  ${column}: not measured: ${error.message.split('\n')[0]}`)
      } finally {
        await store.stop()
      }
    }
  }
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}, Node ${process.versions.node}, Redis ${redis}`
const run = {
  columns,
  workloads,
  results,
  machine,
  rounds,
  durability: options.everysec ? 'appendfsync everysec' : 'no persistence',
}
console.log(table(run))
const isWhole = !options.quick && options.only === '' && options.peers === ALL.join(',') && !options.everysec
if (isWhole) report(run)
