/**
 * Measures what looking costs a queue that is long: pages of lists, a search by an argument, the longest script meanwhile, and what the
 * search adds to the round trips of a worker.
 *
 *     node bench/find.mjs [--store redis|embedded] [--tasks 1000000] [--failed 10000]
 *
 * It ends with 1 where a bar is missed: each page within 100 ms, the one task found, no script of Redis above 10 ms, and the p99 of the
 * round trips below twice that without the search. Times are those of a clock: on a machine that does other things, too, single scripts take
 * longer whenever the server is put aside. What belongs to the search comes again at the same cursors (SLOWLOG).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { defineJob, PulsarQueue } from '../lib/index.js'
import { startStore } from './lib/store.mjs'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'redis' },
    tasks: { type: 'string', default: '1000000' },
    failed: { type: 'string', default: '10000' },
    probe: { type: 'string' },
  },
})
const echo = defineJob({ name: 'echo' }, (n) => n)
const settings = { parseConsole: false, logLevel: 'silent', workers: 0 }
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`

/** Another process: a worker whose round trips are measured from one line on stdin to the next. */
async function probe(dataStore) {
  const app = new PulsarQueue({ ...settings, dataStore, taskQueues: ['probe'] })
  await app.start()
  const api = await app.api().start()
  let times = []
  let isOver = false
  const trips = (async () => {
    for (let n = 0; !isOver; n += 1) {
      const start = performance.now()
      await api.tasks.queue(echo, { n }, { queue: 'probe' })
      times.push(performance.now() - start)
    }
  })()
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin })) {
    const sorted = times.toSorted((a, b) => a - b)
    times = []
    if (line === 'take')
      console.log(JSON.stringify({ p50: at(sorted, 0.5), p99: at(sorted, 0.99), trips: sorted.length }))
    else isOver = true
  }
  await trips
  await app.close()
}

async function startProbe(url) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--probe', url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    take: async () => {
      child.stdin.write('take\n')
      return JSON.parse((await lines.next()).value)
    },
    stop: async () => {
      child.stdin.end('stop\n')
      await once(child, 'exit')
    },
  }
}

async function measure() {
  const tasks = Number(values.tasks)
  const store = await startStore(values.store)
  const redis = values.store === 'redis' ? new Redis(store.url) : null
  const app = new PulsarQueue({ ...settings, dataStore: store.url })
  const failures = []
  const bar = (what, value, isMet) => {
    console.log(`${isMet ? ' ' : '!'} ${what.padEnd(44)} ${value}`)
    if (!isMet) failures.push(what)
  }
  try {
    const api = await app.api().start()
    await fill(api, tasks, Number(values.failed))
    await redis?.config('SET', 'slowlog-log-slower-than', '1000', 'slowlog-max-len', '10000')
    await redis?.call('SLOWLOG', 'RESET')
    await pages(api.control, bar)
    bar('longest script of the pages', ms((await longest(redis)) / 1_000), (await longest(redis)) <= 10_000)

    // On a server that does nothing else.
    await redis?.call('SLOWLOG', 'RESET')
    const wanted = tasks - 7
    const start = performance.now()
    const { found, looked } = await find(api, wanted)
    const took = performance.now() - start
    bar('find of one argument', `${JSON.stringify(found)} of ${looked}`, found.join() === String(wanted))
    bar('time of that', ms(took), true)
    bar('longest script of the search', ms((await longest(redis)) / 1_000), (await longest(redis)) <= 10_000)
    bar('scripts above 5 ms', String(await above(redis, 5_000)), true)

    const runner = await startProbe(store.url)
    await pause(2_000)
    await runner.take()
    await pause(Math.max(2_000, took / 2))
    const alone = await runner.take()
    await find(api, wanted)
    const beside = await runner.take()
    await runner.stop()
    const trips = ({ p50, p99, trips: n }) => `p50 ${ms(p50)}, p99 ${ms(p99)} (${n})`
    bar('round trips without it', trips(alone), true)
    bar('round trips beside it', trips(beside), beside.p99 < 2 * alone.p99)
  } finally {
    await app.close()
    redis?.disconnect()
    await store.stop()
  }
  if (failures.length > 0) console.error(`missed: ${failures.join('; ')}`)
  return failures.length === 0
}

async function find(api, n) {
  const found = []
  const search = api.control.find(`args.n:${n}`)
  for await (const { id } of search) found.push((await api.tasks.get(id)).kwargs.n)
  return { found, looked: search.progress.looked }
}

const pause = async (time) => await new Promise((resolve) => setTimeout(resolve, time))

async function fill(api, tasks, failed) {
  const put = async (count, first, options) => {
    for (let n = first; n < first + count; n += 10_000) {
      const args = Array.from({ length: Math.min(10_000, first + count - n) }, (_, i) => ({ n: n + i }))
      await Promise.all(api.tasks.queueMany(echo, args, { queue: 'long', callback: false, ...options }))
    }
  }
  await put(failed, -failed, { tags: ['ended'], delay: '1h' })
  await api.control.revoke(await api.control.plan('revoke', 'tag:ended'))
  await put(Math.ceil(tasks / 2), 0, {})
  await put(Math.floor(tasks / 2), Math.ceil(tasks / 2), { delay: '10h' })
}

/** The first pages of each list, and some further on. */
async function pages(control, bar) {
  for (const state of ['ready', 'delayed', 'held', 'failed', 'recent']) {
    const times = []
    let cursor = null
    do {
      const start = performance.now()
      const page = await control.list({ queue: 'long', state }, { limit: 100, cursor })
      times.push(performance.now() - start)
      cursor = page.cursor
    } while (cursor !== null && times.length < 50)
    const worst = Math.max(...times)
    bar(`page of ${state}, the slowest of ${times.length}`, ms(worst), worst < 100)
  }
  const start = performance.now()
  await control.queues()
  bar('all queues', ms(performance.now() - start), true)
}

/** The longest call that the server has noted, µs. */
async function longest(redis) {
  const entries = (await redis?.call('SLOWLOG', 'GET', '-1')) ?? []
  return Math.max(0, ...entries.map(([, , micros]) => micros))
}

async function above(redis, micros) {
  const entries = (await redis?.call('SLOWLOG', 'GET', '-1')) ?? []
  return entries.filter(([, , took]) => took > micros).length
}

if (values.probe !== undefined) await probe(values.probe)
else process.exitCode = (await measure()) ? 0 : 1
