/*
 * npm run soak -- [--minutes n] [--seed s] [--faults F1,'F10 always'] [--store redis|embedded] [--rounds n] [--write]
 *
 * Runs the scenarios of the table of faults: at random for so many minutes, or each once on each store. A run that shows a violation is
 * told with it, and with the command that repeats the run. `--write` keeps the figures, and writes them into docs/reliability.md.
 * `--tasks n` runs so many tasks through workers that are killed all the time instead, `--rate` a second (default: 5000), for `--minutes n`
 * at most: see `many-tasks.ts`. `--hours n` lets the clocks of all programs go by `--factor` times as fast (default: 120) until so many hours
 * have passed: see `one-day.ts`. Both fail if a task is lost, or if memory, handles, keys or rows grow.
 */
import { parseArgs } from 'node:util'
import { disposeAll } from '../harness/fault-run.js'
import { Random } from '../random.js'
import { SCENARIOS } from '../scenarios/scenarios.js'
import type { StoreKind } from '../scenarios/scenario.js'
import { manyTasks } from './many-tasks.js'
import { oneDay } from './one-day.js'
import type { JudgedRun } from './random-runs.js'
import { randomRuns } from './random-runs.js'
import { writeDay, writeFigures, writeLongRun } from './write-figures.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    faults: { type: 'string' },
    store: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    tasks: { type: 'string' },
    rate: { type: 'string', default: '5000' },
    hours: { type: 'string' },
    factor: { type: 'string', default: '120' },
    write: { type: 'boolean', default: false },
  },
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const store = values.store as StoreKind | undefined
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function soak(): Promise<boolean> {
  say(`seed ${String(seed)}`)
  for (const { name, unable } of SCENARIOS) {
    const why = unable?.() ?? null
    if (why !== null) say(`${name} is left out: ${why}`)
  }
  const runs: JudgedRun[] = []
  const until = values.minutes === undefined ? {} : { until: performance.now() + Number(values.minutes) * 60_000 }
  const faults = values.faults === undefined ? {} : { faults: values.faults.split(',') }
  // With a time, the seed is that of the soak; without, that of each run, so that a run is repeated by its own.
  const own = values.minutes === undefined && values.seed !== undefined ? { seed } : {}
  const given = {
    ...until,
    ...faults,
    ...own,
    ...(store === undefined ? {} : { store }),
    rounds: Number(values.rounds),
  }
  for await (const run of randomRuns(new Random(seed), given)) {
    runs.push(run)
    say(run.line)
    for (const violation of run.verdict.violations) say(`  ${violation}`)
  }
  if (values.write) await writeFigures(runs, given.rounds)
  return runs.every(({ verdict }) => verdict.violations.length === 0)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void disposeAll().finally(() => process.exit(1))
  })

async function soakLong(tasks: number): Promise<boolean> {
  say(`seed ${String(seed)}`)
  const until = performance.now() + Number(values.minutes ?? Infinity) * 60_000
  const options = { tasks, rate: Number(values.rate), store: store ?? 'redis', seed, until }
  const { run, violations, kept } = await manyTasks(options, say)
  say(JSON.stringify(run, null, 2))
  for (const violation of violations) say(`  ${violation}`)
  if (kept !== undefined) say(`the history is kept in ${kept}`)
  if (values.write) await writeLongRun(run)
  return violations.length === 0
}

async function soakHours(hours: number): Promise<boolean> {
  say(`seed ${String(seed)}`)
  const { day, violations } = await oneDay({ store: store ?? 'redis', hours, factor: Number(values.factor), seed }, say)
  say(JSON.stringify(day, null, 2))
  for (const violation of violations) say(`  ${violation}`)
  if (values.write) await writeDay(day)
  return violations.length === 0
}

async function chosen(): Promise<boolean> {
  if (values.tasks !== undefined) return await soakLong(Number(values.tasks))
  return values.hours === undefined ? await soak() : await soakHours(Number(values.hours))
}

process.exitCode = (await chosen()) ? 0 : 1
