/**
 * What looking costs.
 *
 *     node bench/watched.mjs [--rounds 7] [--quick]
 *
 * 1. Tasks a second of a worker process with 100 slots: with series and without them, and with five tabs of the dashboard open and without any.
 *    The kinds take turns; each measurement has a store and processes of its own, and the ratios are medians of those of the single rounds.
 * 2. Commands that viewers send to a Redis on which nothing else happens, for 1, 5 and 20 of them, and how long they go on when the last
 *    viewer has left. PING and TIME do not count: a connection sends them now and then, viewers or not.
 *
 * It ends with 1 where a bar is missed: each ratio at least 0.99; at most 5 commands a second and half a one for each queue, the same for all
 * numbers of viewers, and none 5 s after the last one. Ratios mean something on a machine that does nothing else.
 */
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { defineJob, PulsarQueue } from '../lib/index.js'
import { inRounds } from './lib/rounds.mjs'
import { summary } from './lib/stats.mjs'
import { startStore } from './lib/store.mjs'
import { openTabs } from './lib/tabs.mjs'
import { pause } from './lib/time.mjs'
import { drain } from './workloads/drain.mjs'

const { values: given } = parseArgs({
  options: { rounds: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const rounds = Number(given.rounds ?? (given.quick ? 1 : 7))
/** As in workloads/sizes.mjs. Warm-up and measurement end early where a third and six sevenths of the backlog have begun. */
const sizes = given.quick
  ? { backlog: 100_000, warmUp: 1, measured: 1, patience: 60_000 }
  : { backlog: 2_500_000, warmUp: 4, measured: 4, patience: 240_000 }
const LEAST_RATIO = 0.99

/** Queues that the overview shows, and seconds for which commands are counted. */
const QUEUES = 12
const COUNTED = given.quick ? 4 : 20
const MOST_COMMANDS = 5 + 0.5 * QUEUES
/** Time within which the last command has to come when the last viewer has left, and for which it is looked for, s. */
const [LAST_WITHIN, LOOKED_FOR] = [5, 12]
const OWN = ['ping', 'time']
const idle = defineJob({ name: 'idle' }, () => undefined)

/** Tasks a second of one worker. */
const throughput = (worker, tabs) => async (store) => {
  const watching = tabs > 0 ? await openTabs(store.url, tabs) : null
  try {
    return await drain([{ concurrency: 100, ...worker }])({ peer: 'pulsar-queue', store, sizes })
  } finally {
    watching?.stop()
  }
}

const kinds = [
  { name: 'without series', kind: 'redis', measure: throughput({ series: false }, 0) },
  { name: 'with series', kind: 'redis', measure: throughput({}, 0) },
  { name: 'five tabs open', kind: 'redis', measure: throughput({}, 5) },
]

async function reportThroughput() {
  const { results, failures } = await inRounds(rounds, kinds)
  for (const failure of failures) console.log(failure)
  if (failures.length > 0) return
  for (const [i, { name }] of kinds.entries()) {
    const { median, min, max } = summary(results[i].map(({ rate }) => rate))
    const text = [median, min, max].map((rate) => Math.round(rate).toLocaleString('en-US'))
    console.log(`${name}: ${text[0]} tasks/s (${text[1]} to ${text[2]})`)
  }
  const [without, withSeries, watched] = results
  reportRatio('with series / without', withSeries, without)
  reportRatio('five tabs / none', watched, withSeries)
}

function reportRatio(name, over, under) {
  const { median, min, max } = summary(over.map(({ rate }, round) => rate / under[round].rate))
  const text = [median, min, max].map((ratio) => ratio.toFixed(3))
  judge(median >= LEAST_RATIO, `${name}: ${text[0]} (${text[1]} to ${text[2]}), at least ${LEAST_RATIO}`)
}

/** A Redis with some queues, and the commands that it is sent, without those of scripts. */
async function withCommands(act) {
  const store = await startStore('redis')
  const app = new PulsarQueue({
    dataStore: store.url,
    parseConsole: false,
    logLevel: 'error',
    workers: 0,
    taskPaths: [],
  })
  const client = new Redis(store.url)
  const monitor = await client.monitor()
  client.disconnect()
  const sent = []
  monitor.on('monitor', (_time, [command], source) => {
    if (source !== 'lua' && !OWN.includes(command.toLowerCase())) sent.push(performance.now())
  })
  try {
    const api = await app.api().start()
    for (let i = 0; i < QUEUES; i++) await api.tasks.queue(idle, {}, { queue: `queue-${i}`, callback: false }).wait()
    return await act(store.url, sent)
  } finally {
    monitor.disconnect()
    await app.close()
    await store.stop()
  }
}

/** @returns commands a second, and seconds from the leaving of the last viewer to the last command; 0: none came */
const commandsOf = async (viewers) =>
  await withCommands(async (url, sent) => {
    const tabs = await openTabs(url, viewers)
    try {
      const before = sent.length
      await pause(COUNTED * 1_000)
      const rate = (sent.length - before) / COUNTED
      await tabs.leave()
      const left = performance.now()
      await pause(LOOKED_FOR * 1_000)
      return { viewers, rate, last: Math.max(0, (sent.at(-1) ?? left) - left) / 1_000 }
    } finally {
      tabs.stop()
    }
  })

async function reportCommands() {
  const [one, ...more] = [await commandsOf(1), await commandsOf(5), await commandsOf(20)]
  for (const { viewers, rate, last } of [one, ...more]) {
    const text = `${viewers} viewers of ${QUEUES} queues: ${rate.toFixed(1)} commands/s, at most ${MOST_COMMANDS}`
    judge(rate <= MOST_COMMANDS, text)
    judge(last <= LAST_WITHIN, `  the last one ${last.toFixed(1)} s behind the last viewer, at most ${LAST_WITHIN}`)
  }
  // One look more or less may fall into what is counted, and one round of charts.
  const slack = (2 * (QUEUES + 2)) / COUNTED
  const most = Math.max(...more.map(({ rate }) => rate))
  judge(most - one.rate <= slack, `more viewers cost ${(most - one.rate).toFixed(1)} commands/s more, about 0`)
}

function judge(isMet, text) {
  console.log(`${isMet ? '✓' : '✗'} ${text}`)
  if (!isMet) process.exitCode = 1
}

await reportThroughput()
await reportCommands()
