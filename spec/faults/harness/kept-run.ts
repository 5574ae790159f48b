import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { EndState } from '../checker/end-state.js'
import { HistoryFile } from '../history/history-file.js'
import type { Event } from '../history/event.js'
import type { StoreKind } from '../scenarios/scenario.js'

/** Where runs are kept, below the working directory. */
const KEPT = '.faults'

/** When something was run, and by which Node. */
export interface Ran {
  readonly date: string
  readonly node: string
}

export function ranNow(): Ran {
  return { date: new Date().toISOString().slice(0, 10), node: process.versions.node }
}

/** What a run has come to: all that its judgement needs beside its history. */
export interface RunEnd {
  /** Name of the scenario. */
  readonly fault: string
  readonly store: StoreKind
  readonly seed: number
  readonly rounds: number
  readonly end: EndState
  /** What went wrong with the programs of the run, which its history does not show. */
  readonly failures: readonly string[]
}

/** As it is written: a map has no JSON of its own. */
interface Written extends Omit<RunEnd, 'end'> {
  readonly ran: Ran
  readonly violations: readonly string[]
  readonly end: Omit<EndState, 'records'> & { readonly records: Readonly<Record<string, unknown>> }
}

/** Keeps the history of a run as `.jsonl`, and its end and its violations as `.json` beside it. @returns path of the history */
export function keepRun(history: string, run: RunEnd, violations: readonly string[], directory = KEPT): string {
  mkdirSync(directory, { recursive: true })
  const base = `${directory}/${run.fault.replaceAll(' ', '-')}-${run.store}-${String(run.seed)}`
  copyFileSync(history, `${base}.jsonl`)
  const end = { ...run.end, records: Object.fromEntries(run.end.records) }
  writeFileSync(`${base}.json`, `${JSON.stringify({ ran: ranNow(), ...run, violations, end }, null, 2)}\n`)
  return `${base}.jsonl`
}

/** A run that was kept. */
export interface KeptRun {
  readonly ran: Ran
  readonly run: RunEnd
  readonly events: readonly Event[]
}

/** @param path - of either of the two files */
export function readKeptRun(path: string): KeptRun {
  const base = path.replace(/\.jsonl?$/, '')
  const { violations: _, ran, ...written } = JSON.parse(readFileSync(`${base}.json`, 'utf8')) as Written
  const records = new Map(Object.entries(written.end.records)) as EndState['records']
  return { ran, run: { ...written, end: { ...written.end, records } }, events: HistoryFile.all(`${base}.jsonl`) }
}
