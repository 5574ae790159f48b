import { readdirSync, readFileSync } from 'node:fs'
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

/** Runs many tasks through workers that are killed all the time. @returns whether the promise was kept */
export async function manyTasks(
  total: number,
  kind: StoreKind,
  seed: number,
  say: (line: string) => void,
): Promise<boolean> {
  const store = kind === 'redis' ? await makeRedisStore([], '') : await makeEmbeddedStore()
  const run = new FaultRun(SCENARIO, store, seed, 1)
  const violations: string[] = []
  let before: EndState | null = null
  let [tasks, kills, second] = [0, 0, 0]
  let isOver = false
  const killing = async (): Promise<void> => {
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, run.random.between(200, 1_500)))
      await run.fleet.pick(run.random)?.server.kill('SIGKILL')
    }
  }
  try {
    const survivor = await run.fleet.start({ args: ['--concurrent-tasks', '20'] })
    await run.begin()
    const killer = killing()
    while (tasks < total) {
      const end = await run.endOfWindow()
      const { violations: found, figures } = judge(run.history.events, sinceThen(end, before), RULES)
      // Workers hold their leases, so what a drained queue keeps of them is no left-over yet.
      violations.push(...found.filter((violation) => !violation.startsWith('I11')))
      before = end
      tasks += figures.tasks
      kills += figures.kills
      second += figures.secondStarts
      const processes = [survivor.server.pid, ...run.producers.map(({ pid }) => pid)].map(usageOf)
      say(
        `${String(tasks)} tasks, ${String(kills)} kills, ${String(second)} second starts, ${String(violations.length)} violations; ` +
          `worker and producers: ${processes.join(', ')}; store: ${await sizeOf(store)}`,
      )
      for (const violation of found) say(`  ${violation}`)
      if (tasks < total) run.nextWindow()
    }
    isOver = true
    await killer
    return violations.length === 0
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

/** Memory and open files of a process. */
function usageOf(pid: number): string {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]
    return `${(Number(kilobytes) / 1_024).toFixed(0)} MB ${String(readdirSync(`/proc/${String(pid)}/fd`).length)} files`
  } catch {
    return 'unknown'
  }
}

async function sizeOf({ server, directory }: TestStore): Promise<string> {
  if (server === null) return `${String(readdirSync(directory).length)} files`
  const redis = new Redis(server.url)
  try {
    const memory = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]
    return `${String(await redis.dbsize())} keys, ${(Number(memory) / 2 ** 20).toFixed(0)} MB`
  } finally {
    redis.disconnect()
  }
}
