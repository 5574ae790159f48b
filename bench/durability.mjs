/**
 * `npm run durability`: measures what each durability costs, and counts what it loses, and writes the table of docs/reliability.md.
 *
 *     --cost    only what it costs: on a machine that does nothing else
 *     --loss    only what it loses
 *     --only    durabilities, separated by commas: the rows of the others stay as they are
 *
 * Costs are medians of several rounds, in which all durabilities take turns. Losses are those of real servers that are killed while
 * programs queue tasks. A loss of power is a kill after which the files are what the server had synced (`spec/support/lost-writes.c`); a failover
 * is a kill of the master while its replica is 20 ms behind, and takes its place.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createJiti } from 'jiti'
import { Redis } from 'ioredis'
import { format, resolveConfig } from 'prettier'
import { findNewerServer, findRedisServer } from '../.ci/find-redis.mjs'
import { loadStore } from '../lib/stores/open-store.js'

const jiti = createJiti(import.meta.url)
const support = async (name) => await jiti.import(fileURLToPath(new URL(`../spec/support/${name}.ts`, import.meta.url)))
const { startRedisServer } = await support('redis-server')
const { startTcpProxy } = await support('tcp-proxy')
const { lostWrites } = await support('lost-writes')

const RESULTS = fileURLToPath(new URL('./durability.json', import.meta.url))
const WRITE_DOCS = fileURLToPath(new URL('../.ci/write-docs.mjs', import.meta.url))
const PRODUCER = fileURLToPath(new URL('../spec/stores/fixtures/producer.mjs', import.meta.url))
const { values: options } = parseArgs({
  options: {
    cost: { type: 'boolean', default: false },
    loss: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})

const ROUNDS = 8
/** Calls of one task, one after the other, and calls of many, at once, of each round. */
const LONE = 100
const BULK = { calls: 8, tasks: 250 }
/** Time for which tasks are queued before a kill, ms. Longer than a second: `everysec` syncs once in it. */
const LOAD = 2_500
/** How late a replica is in a failover, ms. */
const LAG = 20

const old = await findRedisServer()
const newer = (await findNewerServer()).path
const none = ['--appendonly', 'no']
const log = (fsync) => ['--appendonly', 'yes', '--appendfsync', fsync]

/** What is compared. The first of an engine is what the costs of the others are ratios to. */
const CASES = [
  { engine: 'redis', durability: 'async', setUp: 'no log', options: none },
  { engine: 'redis', durability: 'async', setUp: '`appendfsync everysec`', options: log('everysec') },
  { engine: 'redis', durability: 'async', setUp: '`appendfsync always`', options: log('always') },
  { engine: 'redis', durability: 'replica', setUp: 'no log, a replica', options: none, replicas: 1 },
  { engine: 'redis', durability: 'replicas:2', setUp: 'no log, two replicas', options: none, replicas: 2 },
  { engine: 'redis', durability: 'all', setUp: 'no log, two replicas', options: none, replicas: 2 },
  { engine: 'redis', durability: 'fsync', setUp: '`appendfsync always`', options: log('always'), program: newer },
  {
    engine: 'redis',
    durability: 'fsync+replica',
    setUp: '`appendfsync always`, a replica',
    options: log('always'),
    replicas: 1,
    program: newer,
  },
  { engine: 'embedded', durability: 'normal', setUp: '' },
  { engine: 'embedded', durability: 'full', setUp: '' },
].filter(({ program }) => program !== null)

const only = options.only?.split(',')
/** Whether a case is measured now. */
const isMeant = ({ durability }) => only === undefined || only.includes(durability)
const firstOf = (engine) => CASES.find((each) => each.engine === engine)

const task = (id) => ({
  id,
  job: 'job',
  tags: [],
  body: 'body',
  priority: 4,
  delay: 0,
  inbox: null,
  checkDuplicate: false,
})
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Starts what a case needs. @param isPowerLost - whether what is not synced is lost when it is killed */
async function start({ engine, durability, options = [], replicas: count = 0, program = old }, isPowerLost = false) {
  const root = mkdtempSync(join(tmpdir(), 'pq-durability-'))
  const directory = join(root, 'store')
  mkdirSync(directory)
  const writes = isPowerLost ? lostWrites(directory) : null
  const env = writes?.env ?? {}
  const dispose = () => {
    writes?.dispose()
    rmSync(root, { recursive: true, force: true })
  }
  if (engine === 'embedded') {
    return { url: `embedded:${directory}?durability=${durability}`, env, dispose, lose: () => writes?.losePower() }
  }
  const server = await startRedisServer([...options, '--dir', directory, '--repl-diskless-sync-delay', '0'], {
    program,
    env,
  })
  const proxy = count > 0 ? await startTcpProxy(server.port) : null
  const replicas = await Promise.all(
    Array.from({ length: count }, () =>
      startRedisServer(['--replicaof', '127.0.0.1', String(proxy.port)], { program }),
    ),
  )
  const admin = new Redis(server.port)
  while ((await admin.info('replication')).split('state=online').length <= count) await pause(20)
  admin.disconnect()
  return {
    url: `${server.url}?durability=${encodeURIComponent(durability)}&connectTimeout=2s`,
    env: {},
    server,
    proxy,
    replica: replicas[0] ?? null,
    lose: () => writes?.losePower(),
    async dispose() {
      for (const replica of replicas) await replica.stop()
      await proxy?.stop()
      await server.stop()
      dispose()
    },
  }
}

async function measureCosts() {
  const running = []
  // Ratios are to the first of the engine.
  const measured = CASES.filter((each) => isMeant(each) || (CASES.some(isMeant) && firstOf(each.engine) === each))
  for (const each of measured) {
    const set = await start(each)
    const broker = (await loadStore(set.url)).broker(set.url)
    await broker.connect()
    running.push({ set, broker, lone: [], bulk: [] })
  }
  let number = 0
  for (let round = 0; round <= ROUNDS; round++) {
    // Each round begins with another one: what comes after a slow disk finds the processor cold.
    const turns = running.map((_, i) => running[(i + round) % running.length])
    for (const { broker, lone, bulk } of turns) {
      const before = performance.now()
      for (let i = 0; i < LONE; i++) await broker.queue('q', [task(`t${number++}`)])
      const between = performance.now()
      const calls = Array.from({ length: BULK.calls }, () =>
        Array.from({ length: BULK.tasks }, () => task(`t${number++}`)),
      )
      await Promise.all(calls.map(async (tasks) => await broker.queue('q', tasks)))
      // The first round warms up.
      if (round === 0) continue
      lone.push((between - before) / LONE)
      bulk.push((performance.now() - between) / (BULK.calls * BULK.tasks))
    }
  }
  const costs = running.map(({ lone, bulk }) => ({ ms: median(lone), perSecond: 1_000 / median(bulk) }))
  for (const { set, broker } of running) {
    await broker.close()
    await set.dispose()
  }
  return CASES.map((each) => {
    if (!isMeant(each)) return null
    const own = costs[measured.indexOf(each)]
    const first = costs[measured.indexOf(firstOf(each.engine))]
    return { ...own, slower: own.ms / first.ms, share: own.perSecond / first.perSecond }
  })
}

/** Queues tasks by a program until it, or its server, is killed. @returns ids of those that were acknowledged */
async function load(set, kill) {
  const child = spawn(process.execPath, [PRODUCER, set.url], {
    env: { ...process.env, ...set.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const acknowledged = []
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => acknowledged.push(line))
  const [exited, read] = [once(child, 'exit'), once(lines, 'close')]
  await once(lines, 'line')
  await pause(LOAD)
  await kill(child)
  child.kill('SIGKILL')
  await Promise.all([exited, read])
  return acknowledged
}

async function lostOf(url, acknowledged) {
  const plain = url.replace(/[?&]durability=[^&]*/, '?').replace('?&', '?')
  const broker = (await loadStore(plain)).broker(plain)
  try {
    let lost = 0
    for (let i = 0; i < acknowledged.length; i += 500) {
      const records = await broker.get('q', acknowledged.slice(i, i + 500))
      lost += records.filter((record) => record === null).length
    }
    return { of: acknowledged.length, lost }
  } finally {
    await broker.close()
  }
}

async function afterKill(each, isPowerLost) {
  const set = await start(each, isPowerLost)
  try {
    const acknowledged = await load(set, async (child) => {
      if (set.server) await set.server.kill()
      else child.kill('SIGKILL')
    })
    set.lose()
    if (set.server) await set.server.restart()
    return await lostOf(set.url, acknowledged)
  } finally {
    await set.dispose()
  }
}

/** The master is killed, and its replica takes its place. */
async function afterFailover(each) {
  if (each.engine === 'embedded') return null
  const set = await start({ ...each, replicas: Math.max(1, each.replicas ?? 0) })
  try {
    set.proxy.manners = { ...set.proxy.manners, latency: { ms: LAG, jitter: 0 } }
    const acknowledged = await load(set, async () => await set.server.kill())
    const admin = new Redis(set.replica.port)
    await admin.call('REPLICAOF', 'NO', 'ONE')
    admin.disconnect()
    return await lostOf(`${set.replica.url}?connectTimeout=2s`, acknowledged)
  } finally {
    await set.dispose()
  }
}

async function countLosses() {
  const losses = []
  for (const each of CASES) {
    if (!isMeant(each)) {
      losses.push(null)
      continue
    }
    const kill = await afterKill(each, false)
    const power = await afterKill(each, true)
    const failover = await afterFailover(each)
    losses.push({ kill, power, failover })
    console.log(`${each.engine} ${each.durability} ${each.setUp}:`, JSON.stringify(losses.at(-1)))
  }
  return losses
}

const known = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).rows : []
const costs = options.loss ? null : await measureCosts()
if (costs) console.table(costs)
const losses = options.cost ? null : await countLosses()
const rows = CASES.map(({ engine, durability, setUp }, i) => ({
  ...known.find((row) => row.engine === engine && row.durability === durability && row.setUp === setUp),
  engine,
  durability,
  setUp,
  ...(costs?.[i] && { cost: costs[i] }),
  ...(losses?.[i] && { loss: losses[i] }),
}))
const text = JSON.stringify({ date: new Date().toISOString().slice(0, 10), node: process.versions.node, rows })
writeFileSync(RESULTS, await format(text, { ...(await resolveConfig(RESULTS)), filepath: RESULTS }))
execFileSync(process.execPath, [WRITE_DOCS], { stdio: 'inherit' })
