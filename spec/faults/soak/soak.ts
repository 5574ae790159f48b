/*
 * npm run soak -- [options]
 *
 * Injects the faults of docs/reliability.md: `--help` prints the options (see `options.ts`). `--tasks` makes a long run instead: see
 * `many-tasks.ts`; `--hours` lets time go by faster: see `one-day.ts`.
 */
import { disposeAll } from '../harness/fault-run.js'
import { readKeptRun } from '../harness/kept-run.js'
import { judgeRun } from '../harness/run-scenario.js'
import { Random } from '../random.js'
import { SCENARIOS } from '../scenarios/scenarios.js'
import { manyTasks } from './many-tasks.js'
import { oneDay } from './one-day.js'
import type { SoakOptions } from './options.js'
import { soakOptions } from './options.js'
import type { JudgedRun } from './random-runs.js'
import { lineOf, randomRuns } from './random-runs.js'
import { writeDay, writeFigures, writeLongRun } from './write-figures.js'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void disposeAll().finally(() => process.exit(1))
  })

async function soak(options: SoakOptions, seed: number): Promise<boolean> {
  say(`seed ${String(seed)}`)
  for (const { name, unable } of SCENARIOS) {
    const why = unable?.() ?? null
    if (why !== null) say(`${name} is left out: ${why}`)
  }
  const runs: JudgedRun[] = []
  const { minutes, seed: given, ...others } = options
  const until = minutes === undefined ? {} : { until: performance.now() + minutes * 60_000 }
  // With a time, the seed is that of the soak; without, that of each run, so that a run is repeated by its own.
  const own = minutes === undefined && given !== undefined ? { seed } : {}
  for await (const run of randomRuns(new Random(seed), { ...others, ...until, ...own })) {
    runs.push(run)
    say(run.line)
    for (const violation of run.verdict.violations) say(`  ${violation}`)
    if (run.verdict.kept !== undefined) say(`  kept: npm run soak -- --judge ${run.verdict.kept}`)
  }
  if (options.write) await writeFigures(runs)
  return runs.every(({ verdict }) => verdict.violations.length === 0)
}

async function soakLong(tasks: number, options: SoakOptions, seed: number): Promise<boolean> {
  say(`seed ${String(seed)}`)
  const until = performance.now() + (options.minutes ?? Infinity) * 60_000
  const given = { tasks, rate: options.rate, store: options.store ?? 'redis', seed, until }
  const { run, violations, kept } = await manyTasks(given, say)
  say(JSON.stringify(run, null, 2))
  for (const violation of violations) say(`  ${violation}`)
  if (kept !== undefined) say(`the history is kept in ${kept}`)
  if (options.write) await writeLongRun(run)
  return violations.length === 0
}

async function soakHours(hours: number, options: SoakOptions, seed: number): Promise<boolean> {
  say(`seed ${String(seed)}`)
  const { day, violations } = await oneDay(
    { store: options.store ?? 'redis', hours, factor: options.factor, seed },
    say,
  )
  say(JSON.stringify(day, null, 2))
  for (const violation of violations) say(`  ${violation}`)
  if (options.write) await writeDay(day)
  return violations.length === 0
}

/** Judges a run that was kept by the rules of today. */
async function judgeKept(path: string, isWritten: boolean): Promise<boolean> {
  const { ran, run, events } = readKeptRun(path)
  const scenario = SCENARIOS.find(({ name }) => name === run.fault)
  if (!scenario) throw new Error(`expected a run of one of today's scenarios in ${path}, got one of '${run.fault}'`)
  const verdict = judgeRun(scenario, events, run)
  const judged = { scenario, verdict, ran, ...run }
  const line = lineOf(judged)
  say(line)
  if (isWritten) await writeFigures([{ ...judged, line }])
  for (const violation of verdict.violations) say(`  ${violation}`)
  return verdict.violations.length === 0
}

async function chosen(options: SoakOptions): Promise<boolean> {
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31)
  if (options.judge !== undefined) return await judgeKept(options.judge, options.write)
  if (options.tasks !== undefined) return await soakLong(options.tasks, options, seed)
  return options.hours === undefined ? await soak(options, seed) : await soakHours(options.hours, options, seed)
}

const options = soakOptions(process.argv.slice(2))
if ('code' in options) {
  const stream = options.code === 0 ? process.stdout : process.stderr
  stream.write(options.text)
  process.exitCode = options.code
} else process.exitCode = (await chosen(options)) ? 0 : 1
