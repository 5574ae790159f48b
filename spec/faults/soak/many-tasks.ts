import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { EndState } from '../checker/end-state.js'
import { judge } from '../checker/judge.js'
import { FaultRun } from '../harness/fault-run.js'
import { RULES } from '../harness/run-scenario.js'
import type { TestStore } from '../harness/test-store.js'
import { makeEmbeddedStore, makeRedisStore } from '../harness/test-store.js'
import type { Scenario, StoreKind } from '../scenarios/scenario.js'

/** Tasks of a producer after which the history is judged and forgotten. */
const WINDOW = 25_000

/** Short tasks, in large calls. One worker is never killed: it shows what a long life costs. */
const SCENARIO: Scenario = {
  name: 'many tasks',
  says: 'Workers are killed all the time',
  stores: ['redis', 'embedded'],
  env: { FAULTS_WINDOW: String(WINDOW) },
  settings: ['--concurrent-tasks', '20'],
  mix: {
    jobs: { 'fault.async': 1 },
    longest: 0,
    bulk: 100,
    failing: 2,
    delayed: 2,
    revoked: 0,
    pending: 1_000,
    line: false,
  },
  async inject() {},
}

/** What is looked at after each window. */
interface Usage {
  /** MB of the worker that is never killed, and of the producers. */
  readonly memory: readonly number[]
  /** Their open files. */
  readonly files: readonly number[]
  /** Keys, or files, of the store. */
  readonly keys: number
  /** MB of the store. */
  readonly size: number
}

/** The figures of a long run. */
export interface LongRun {
  readonly store: StoreKind
  readonly seed: number
  readonly tasks: number
  readonly minutes: number
  readonly kills: number
  readonly lost: number
  readonly secondStarts: number
  readonly violations: number
  /** After the second window, when all has been used once, and in the end. */
  readonly first: Usage
  readonly last: Usage
}

/** How much a long run is to do. */
export interface LongRunOptions {
  /** Most tasks. */
  readonly tasks: number
  readonly store: StoreKind
  readonly seed: number
  /** No window begins after this moment of `performance.now()`. */
  readonly until: number
}

/** Runs many tasks through workers that are killed all the time. */
export async function manyTasks(options: LongRunOptions, say: (line: string) => void): Promise<LongRun> {
  const store = options.store === 'redis' ? await makeRedisStore([], '') : await makeEmbeddedStore()
  const run = new FaultRun(SCENARIO, store, options.seed, 1)
  const since = performance.now()
  const usages: Usage[] = []
  let before: EndState | null = null
  let [tasks, kills, lost, secondStarts, violations] = [0, 0, 0, 0, 0]
  let isOver = false
  const killing = async (): Promise<void> => {
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, run.random.between(200, 1_500)))
      const victim = run.fleet.workers.find((worker) => worker !== survivor)
      await victim?.server.kill('SIGKILL')
    }
  }
  const survivor = await run.fleet.start({ args: [] })
  try {
    await run.begin()
    const killer = killing()
    for (;;) {
      const end = await run.endOfWindow()
      const { violations: all, figures } = judge(run.history.events, sinceThen(end, before), RULES)
      // Workers hold their leases, so what a drained queue keeps of them is no left-over yet.
      const found = all.filter((violation) => !violation.startsWith('I11'))
      before = end
      tasks += figures.tasks
      kills += figures.kills
      lost += figures.lost
      secondStarts += figures.secondStarts
      violations += found.length
      usages.push(await usageOf(store, [survivor.server.pid, ...run.producers.map(({ pid }) => pid)]))
      say(
        `${String(tasks)} tasks, ${String(kills)} kills, ${String(secondStarts)} second starts, ${String(violations)} violations; ` +
          JSON.stringify(usages.at(-1)),
      )
      for (const violation of found) say(`  ${violation}`)
      if (tasks >= options.tasks || performance.now() >= options.until) break
      run.nextWindow()
    }
    isOver = true
    await killer
    const [one, first = one, last = usages.at(-1) ?? first] = [usages[0], usages[1], usages.at(-1)]
    if (first === undefined || last === undefined) throw new Error('no window has ended')
    const minutes = (performance.now() - since) / 60_000
    return {
      store: options.store,
      seed: options.seed,
      tasks,
      minutes,
      kills,
      lost,
      secondStarts,
      violations,
      first,
      last,
    }
  } finally {
    isOver = true
    await run.dispose()
  }
}

/** The end of a window: of the counters only what has been added since the one before. */
function sinceThen(end: EndState, before: EndState | null): EndState {
  const queues = end.queues.map((queue) => {
    const { stats } = before?.queues.find(({ name }) => name === queue.name) ?? {}
    const added = Object.entries(queue.stats).map(([name, count]) => [
      name,
      count - (stats?.[name as keyof typeof stats] ?? 0),
    ])
    return { ...queue, stats: Object.fromEntries(added) as typeof queue.stats }
  })
  return { ...end, queues }
}

/** @param pids - of processes that live */
async function usageOf(store: TestStore, pids: readonly number[]): Promise<Usage> {
  const memory = pids.map((pid) => {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]
    return Math.round(Number(kilobytes) / 1_024)
  })
  const files = pids.map((pid) => readdirSync(`/proc/${String(pid)}/fd`).length)
  return { memory, files, ...(await sizeOf(store)) }
}

async function sizeOf({ server, directory }: TestStore): Promise<{ readonly keys: number; readonly size: number }> {
  if (server === null) {
    const files = readdirSync(directory).map((name) => statSync(join(directory, name)))
    return { keys: files.length, size: Math.round(files.reduce((sum, { size }) => sum + size, 0) / 2 ** 20) }
  }
  const redis = new Redis(server.url)
  try {
    const memory = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]
    return { keys: await redis.dbsize(), size: Math.round(Number(memory) / 2 ** 20) }
  } finally {
    redis.disconnect()
  }
}
