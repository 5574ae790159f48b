/**
 * What looking costs: tasks a second of one worker with series and without them, and with five tabs of the dashboard open and without any.
 * The kinds take turns, and the report has the median of the rounds: `node bench/watched.mjs [rounds] [tasks]`. It needs a build.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { defineJob, PulsarQueue } from '../lib/index.js'
import { startStore } from './lib/store.mjs'

const TABS = 5
const SELF = fileURLToPath(import.meta.url)
const settingsOf = (url) => ({ dataStore: url, parseConsole: false, logLevel: 'error', workers: 0 })
const [rounds = 7, tasks = 20_000] = process.argv.slice(2).map(Number)
const add = defineJob({ name: 'add' }, (a, b) => a + b)

/** Opens a tab as a browser does: what is sent on its own, and a chart with each look. */
async function openTab(dashboard, gone) {
  const get = async (path) =>
    await dashboard(new globalThis.Request(`http://127.0.0.1/api/v1/${path}`, { signal: gone }))
  const { body } = await get('live')
  const from = String(Date.now() - 3_600_000)
  void (async () => {
    const looks = body.getReader()
    while (!(await looks.read()).done) await (await get(`series?step=1m&from=${from}`)).text()
  })().catch(() => undefined)
}

/** The process of a dashboard with its tabs, until its parent ends it. */
async function watch(url) {
  const dashboard = new PulsarQueue({ ...settingsOf(url), taskPaths: [] }).dashboard()
  const { signal } = new AbortController()
  await Promise.all(Array.from({ length: TABS }, async () => await openTab(dashboard, signal)))
  process.send('open')
}

async function startWatching(url) {
  const child = fork(SELF, ['--watch', url])
  await once(child, 'message')
  return child
}

/** Tasks a second. */
async function measure({ hasSeries, isWatched }) {
  const store = await startStore('redis')
  const app = new PulsarQueue({ ...settingsOf(store.url), concurrentTasks: 100, taskQueues: ['bench'] })
  let watching = null
  try {
    const api = await app.api().start()
    if (!hasSeries) api.broker.operations = () => null
    for (let sent = 0; sent < tasks; sent += 1_000) {
      const calls = Array.from({ length: 1_000 }, () => [4, 6])
      await Promise.all(api.tasks.queueMany(add, calls, { queue: 'bench', callback: false }))
    }
    if (isWatched) watching = await startWatching(store.url)
    const began = performance.now()
    await app.start()
    for (;;) {
      const { ready, held } = await api.broker.size('bench')
      if (ready + held === 0) break
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return tasks / ((performance.now() - began) / 1_000)
  } finally {
    watching?.kill('SIGKILL')
    await app.close()
    await store.stop()
  }
}

const KINDS = {
  'with series': { hasSeries: true, isWatched: false },
  'without series': { hasSeries: false, isWatched: false },
  'five tabs open': { hasSeries: true, isWatched: true },
}
if (process.argv[2] === '--watch') await watch(process.argv[3])
else await report()

async function report() {
  const rates = Object.fromEntries(Object.keys(KINDS).map((name) => [name, []]))
  await measure(KINDS['with series'])
  for (let round = 0; round < rounds; round++) {
    const names = Object.keys(KINDS)
    // Another one is first in each round.
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length]
      rates[name].push(await measure(KINDS[name]))
    }
  }
  const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)]
  const ratio = (name, to) => median(rates[name].map((rate, i) => rate / rates[to][i]))
  for (const [name, all] of Object.entries(rates))
    console.log(`${name}: ${Math.round(median(all)).toLocaleString('en-US')} tasks/s`)
  console.log(`with series / without: ${ratio('with series', 'without series').toFixed(3)}`)
  console.log(`five tabs / none: ${ratio('five tabs open', 'with series').toFixed(3)}`)
}
