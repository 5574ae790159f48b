import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Broken } from '../checker/broken.js'
import { countOf } from '../checker/broken.js'
import type { Figures, Recovery } from '../checker/figures.js'
import { recoveryOf } from '../checker/figures.js'
import { leftOut } from '../checker/left-out.js'
import type { Ran } from '../harness/kept-run.js'
import { ranNow } from '../harness/kept-run.js'
import { rulesOf } from '../harness/run-scenario.js'
import type { Scenario } from '../scenarios/scenario.js'
import type { LongRun } from './many-tasks.js'
import type { Day } from './one-day.js'
import { commandOf } from './random-runs.js'
import type { JudgedRun } from './random-runs.js'

const RESULTS = fileURLToPath(new URL('../results.json', import.meta.url))
const WRITE_DOCS = fileURLToPath(new URL('../../../.ci/write-docs.mjs', import.meta.url))

/** One row of the table: one run. */
export interface Row
  extends Omit<Figures, 'recoveries' | 'waits' | 'newMasters'>, Partial<Pick<Figures, 'newMasters'>>, Recovery, Ran {
  /** Longest time, ms, in which a task whose worker had died waited although another worker could have taken it; null: none has. */
  readonly longestWait: number | null
  readonly fault: string
  readonly says: string
  readonly store: string
  readonly violations: number
  /** What was broken. Where a known limit of the fault is the reason, that limit, in a sentence. */
  readonly broken: readonly (Broken & { readonly limit?: string })[]
  /** What of the invariants was not checked, in words. */
  readonly leftOut: readonly string[]
  readonly command: string
}

/** The figures that are kept. */
export interface Results {
  readonly rows: readonly Row[]
  readonly long: readonly (LongRun & Ran)[]
  readonly days: readonly (Day & Ran)[]
}

function known(): Results {
  const kept = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Partial<Results>) : {}
  return { rows: kept.rows ?? [], long: kept.long ?? [], days: kept.days ?? [] }
}

/** Keeps the figures beside those of other scenarios, and writes them into docs/reliability.md. */
export async function writeFigures(runs: readonly JudgedRun[]): Promise<void> {
  const { rows: before, ...others } = known()
  const rows = runs.map(rowOf)
  const isNew = ({ fault, store }: Row): boolean => rows.some((row) => row.fault === fault && row.store === store)
  await write({ rows: [...before.filter((row) => !isNew(row)), ...rows], ...others })
}

/** The same for a long run, in place of the one before on that store. */
export async function writeLongRun(run: LongRun): Promise<void> {
  const { long, ...others } = known()
  await write({ ...others, long: [...long.filter(({ store }) => store !== run.store), { ...ranNow(), ...run }] })
}

/** The same for a day. */
export async function writeDay(day: Day): Promise<void> {
  const { days, ...others } = known()
  await write({ ...others, days: [...days.filter(({ store }) => store !== day.store), { ...ranNow(), ...day }] })
}

async function write(results: Results): Promise<void> {
  const { format, resolveConfig } = await import('prettier')
  const text = JSON.stringify(results)
  writeFileSync(RESULTS, await format(text, { ...(await resolveConfig(RESULTS)), filepath: RESULTS }))
  execFileSync(process.execPath, [WRITE_DOCS], { stdio: 'inherit' })
}

function limitOf({ knownLimit }: Scenario, { what }: Broken): { readonly limit?: string } {
  return knownLimit?.of.includes(what) === true ? { limit: knownLimit.says } : {}
}

function rowOf({ scenario, store, seed, rounds, verdict, ran }: JudgedRun): Row {
  const { recoveries: _, waits, newMasters, ...figures } = verdict.figures
  return {
    ...(ran ?? ranNow()),
    fault: scenario.name,
    says: scenario.says,
    store,
    ...figures,
    violations: countOf(verdict.broken),
    broken: verdict.broken.map((each) => ({ ...each, ...limitOf(scenario, each) })),
    ...(Object.keys(newMasters).length > 0 && { newMasters }),
    ...recoveryOf(verdict.figures),
    longestWait: waits.length === 0 ? null : Math.round(Math.max(...waits)),
    leftOut: leftOut(rulesOf(scenario)),
    command: commandOf(scenario.name, store, seed, rounds),
  }
}
