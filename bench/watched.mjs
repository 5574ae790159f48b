/**
 * What looking costs.
 *
 *     node bench/watched.mjs [--pairs 120] [--quick]
 *
 * 1. Tasks a second of a worker process with 100 slots: with series and without them, and with five tabs of the dashboard open and without any.
 *    Both kinds of each comparison are processes at the same store, of which one stands still (SIGSTOP) while the other one is measured, in turns
 *    of parts of a second up to seconds: so they share what the machine does meanwhile. The ratio is the median of those of single turns.
 * 2. Commands that viewers send to a Redis on which nothing else happens, for 1, 5 and 20 of them, and how long they go on when the last
 *    viewer has left. PING and TIME do not count: a connection sends them now and then, viewers or not.
 *
 * It ends with 1 where a bar is missed: each ratio at least 0.99, or less by no more than the standard error of the median; at most 5 commands
 * a second and half a one for each queue, the same for all numbers of viewers, and none 5 s after the last one. Ratios mean something on a
 * machine that does nothing else.
 */
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { defineJob, PulsarQueue } from '../lib/index.js'
import { withProcesses } from './lib/processes.mjs'
import { summary } from './lib/stats.mjs'
import { startStore } from './lib/store.mjs'
import { openTabs } from './lib/tabs.mjs'
import { clock, pause } from './lib/time.mjs'

const { values: given } = parseArgs({
  options: { pairs: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const pairs = Number(given.pairs ?? (given.quick ? 4 : 120))
const LEAST_RATIO = 0.99
/** Tasks that are queued at a time, while all workers stand still, where fewer than so many are left. */
const [REFILL, LEFT] = [1_000_000, 800_000]
/** Time for V8 to compile what is measured, s. */
const WARM_UP = given.quick ? 1 : 5
/** A lease outlives the standing still. */
const LEASE = '5m'

/** Queues that the overview shows, and seconds for which commands are counted. */
const QUEUES = 12
const COUNTED = given.quick ? 4 : 20
const MOST_COMMANDS = 5 + 0.5 * QUEUES
/** Time within which the last command has to come when the last viewer has left, and for which it is looked for, s. */
const [LAST_WITHIN, LOOKED_FOR] = [5, 12]
const OWN = ['ping', 'time']
const idle = defineJob({ name: 'idle' }, () => undefined)

/**
 * Measures two kinds of the same work in turns.
 *
 * @param turn - `settled`: time between going on and the measurement, ms; `measured`: its length, ms
 * @param begin - gets the URL and the workers; @returns for each kind what is to go on for it: objects with `signal`
 */
async function compare(name, { settled, measured }, workers, begin) {
  const store = await startStore('redis')
  const bench = { peer: 'pulsar-queue', store }
  const ratios = []
  try {
    await withProcesses(bench, { workers }, async (producer, startWorkers) => {
      const started = await startWorkers()
      const { kinds, stop } = await begin(store.url, started)
      const all = [...new Set(kinds.flat())]
      const rest = () => all.forEach((each) => each.signal('SIGSTOP'))
      const ended = async () => (await producer.act('ended')).result
      let queued = 0
      const refill = async () => {
        if (queued - (await ended()) > LEFT) return
        await producer.act('bulk', { tasks: REFILL, width: 2 }, 120_000)
        queued += REFILL
        await store.dropResults()
      }
      const measure = async (kind) => {
        for (const each of kind) each.signal('SIGCONT')
        await pause(settled)
        const [from, before] = [clock(), await ended()]
        await pause(measured)
        const [to, after] = [clock(), await ended()]
        rest()
        return (after - before) / (to - from)
      }
      try {
        for (const kind of kinds) {
          rest()
          await refill()
          await measure(kind)
          for (const each of kind) each.signal('SIGCONT')
          await pause(WARM_UP * 1_000)
          rest()
        }
        for (let pair = 0; pair < pairs; pair++) {
          await refill()
          // Each is the first one as often as the other.
          const order = pair % 2 === 0 ? [0, 1] : [1, 0]
          const rates = []
          for (const i of order) rates[i] = await measure(kinds[i])
          ratios.push(rates[0] / rates[1])
        }
      } finally {
        stop?.()
      }
    })
  } finally {
    await store.stop()
  }
  const { median } = summary(ratios)
  const error = errorOfMedian(ratios)
  const text = `${name}: ${median.toFixed(3)} ± ${error.toFixed(3)}, the median of ${pairs} pairs, at least ${LEAST_RATIO}`
  judge(median + error >= LEAST_RATIO, text)
}

/** Standard error of the median, from the distance of the quartiles. */
function errorOfMedian(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const quartile = (share) => sorted[Math.round((sorted.length - 1) * share)]
  return (1.253 * (quartile(0.75) - quartile(0.25))) / 1.349 / Math.sqrt(sorted.length)
}

async function reportThroughput() {
  const worker = { concurrency: 100, leaseTtl: LEASE }
  const short = { settled: 100, measured: 400 }
  await compare('with series / without', short, [worker, { ...worker, series: false }], async (_url, [on, off]) => ({
    kinds: [[on], [off]],
  }))
  // A dashboard that goes on looks at once, and then once a second.
  const looks = { settled: 400, measured: 1_000 }
  await compare('five tabs / none', looks, [worker], async (url, [only]) => {
    const tabs = await openTabs(url, 5)
    return { kinds: [[only, tabs], [only]], stop: () => tabs.stop() }
  })
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
