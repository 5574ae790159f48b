/**
 * `npm run bench`: measures pulsar-queue beside other queues, and writes `docs/benchmarks.md` with its charts. Options:
 *
 *     --quick            small runs, one round, about three minutes; nothing is written but to the terminal
 *     --growth           instead: how the cost grows with queues, payloads, workers, jobs and delayed tasks
 *     --long             with --growth: memory over 10,000,000 tasks instead of 1,000,000
 *     --variants         instead: settings of Redis and of the serializer
 *     --page             measures nothing: writes the page from bench/results.json
 *     --rounds <n>       rounds of each measurement (5; 3 with --growth and --variants)
 *     --only <text>      only the workloads, series or variants whose name contains the text
 *     --peers <a,b>      only these queues
 *     --everysec         Redis with an append-only file that is synced each second
 *
 * Workloads, series and variants are kept one by one. A comparison that leaves out queues, or that has other rounds, versions or
 * another machine than the one that is kept, is printed and not kept.
 */
import { parseArgs } from 'node:util'
import { readResults, keepResults, writePage } from './page/write-page.mjs'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    variants: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    peers: { type: 'string' },
    everysec: { type: 'boolean', default: false },
  },
})
const isPart = options.growth || options.variants
const settings = {
  quick: options.quick,
  long: options.long,
  only: options.only,
  peers: options.peers?.split(','),
  everysec: options.everysec,
  rounds: Number(options.rounds ?? (options.quick ? 1 : isPart ? 3 : 5)),
}

/** Keeps what was measured, and writes the page, unless it was a quick run. */
async function keep(parts) {
  if (options.quick) return
  await keepResults(parts)
  await writePage()
}

if (options.page) {
  if (Object.keys(readResults()).length === 0) console.error('bench/results.json has no figures yet')
  await writePage()
} else if (options.growth) {
  const { grow } = await import('./growth/grow.mjs')
  await keep({ growth: await grow(settings) })
} else if (options.variants) {
  const { vary } = await import('./variants/vary.mjs')
  await keep({ variants: await vary(settings) })
} else {
  const { compare } = await import('./workloads/compare.mjs')
  const { terminalTable } = await import('./page/compare.mjs')
  const run = await compare(settings)
  console.log(terminalTable(run))
  const isOfAll = options.peers === undefined && !options.everysec
  if (isOfAll) await keep({ compare: run })
}
