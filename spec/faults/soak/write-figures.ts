import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Figures } from '../checker/figures.js'
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

/** Keeps the figures beside those of other scenarios, and writes them into docs/reliability.md. */
export async function writeFigures(runs: readonly JudgedRun[], rounds: number): Promise<void> {
  const known = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as { rows: Row[] }).rows : []
  const rows = runs.map((run) => rowOf(run, rounds))
  const isNew = ({ fault, store }: Row): boolean => rows.some((row) => row.fault === fault && row.store === store)
  const all = [...known.filter((row) => !isNew(row)), ...rows]
  const { format, resolveConfig } = await import('prettier')
  const text = JSON.stringify({ date: new Date().toISOString().slice(0, 10), node: process.versions.node, rows: all })
  writeFileSync(RESULTS, await format(text, { ...(await resolveConfig(RESULTS)), filepath: RESULTS }))
  execFileSync(process.execPath, [WRITE_DOCS], { stdio: 'inherit' })
}

function rowOf({ scenario, store, seed, verdict }: JudgedRun, rounds: number): Row {
  const { recoveries, ...figures } = verdict.figures
  const sorted = recoveries.toSorted((a, b) => a - b)
  const at = (share: number): number | null => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
    return value === undefined ? null : Math.round(value)
  }
  return {
    fault: scenario.name,
    says: scenario.says,
    store,
    ...figures,
    violations: verdict.violations.length,
    p50: at(0.5),
    p99: at(0.99),
    command: commandOf(scenario.name, store, seed, rounds),
  }
}
