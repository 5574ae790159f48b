import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Figures } from '../checker/figures.js'
import { recoveryOf } from '../checker/figures.js'
import type { LongRun } from './many-tasks.js'
import type { Day } from './one-day.js'
import { commandOf } from './random-runs.js'
import type { JudgedRun } from './random-runs.js'

const RESULTS = fileURLToPath(new URL('../results.json', import.meta.url))
const WRITE_DOCS = fileURLToPath(new URL('../../../.ci/write-docs.mjs', import.meta.url))

/** One row of the table. */
export interface Row extends Omit<Figures, 'recoveries'> {
  readonly fault: string
  readonly says: string
  readonly store: string
  readonly violations: number
  /** ms; null: nothing was interrupted. */
  readonly p50: number | null
  readonly p99: number | null
  readonly command: string
}

/** The figures that are kept. */
interface Results {
  readonly rows: readonly Row[]
  readonly long: readonly LongRun[]
  readonly days: readonly Day[]
}

function known(): Results {
  const kept = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Partial<Results>) : {}
  return { rows: kept.rows ?? [], long: kept.long ?? [], days: kept.days ?? [] }
}

/** Keeps the figures beside those of other scenarios, and writes them into docs/reliability.md. */
export async function writeFigures(runs: readonly JudgedRun[], rounds: number): Promise<void> {
  const { rows: before, ...others } = known()
  const rows = runs.map((run) => rowOf(run, rounds))
  const isNew = ({ fault, store }: Row): boolean => rows.some((row) => row.fault === fault && row.store === store)
  await write({ rows: [...before.filter((row) => !isNew(row)), ...rows], ...others })
}

/** The same for a long run, in place of the one before on that store. */
export async function writeLongRun(run: LongRun): Promise<void> {
  const { long, ...others } = known()
  await write({ ...others, long: [...long.filter(({ store }) => store !== run.store), run] })
}

/** The same for a day. */
export async function writeDay(day: Day): Promise<void> {
  const { days, ...others } = known()
  await write({ ...others, days: [...days.filter(({ store }) => store !== day.store), day] })
}

async function write(results: Results): Promise<void> {
  const { format, resolveConfig } = await import('prettier')
  const text = JSON.stringify({ date: new Date().toISOString().slice(0, 10), node: process.versions.node, ...results })
  writeFileSync(RESULTS, await format(text, { ...(await resolveConfig(RESULTS)), filepath: RESULTS }))
  execFileSync(process.execPath, [WRITE_DOCS], { stdio: 'inherit' })
}

function rowOf({ scenario, store, seed, verdict }: JudgedRun, rounds: number): Row {
  const { recoveries: _, ...figures } = verdict.figures
  return {
    fault: scenario.name,
    says: scenario.says,
    store,
    ...figures,
    violations: verdict.violations.length,
    p50: recoveryOf(0.5, verdict.figures),
    p99: recoveryOf(0.99, verdict.figures),
    command: commandOf(scenario.name, store, seed, rounds),
  }
}
