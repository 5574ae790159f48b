import { countOf } from '../checker/broken.js'
import { recoveryOf } from '../checker/figures.js'
import type { Verdict } from '../checker/judge.js'
import type { Ran } from '../harness/kept-run.js'
import { runScenario } from '../harness/run-scenario.js'
import type { Random } from '../random.js'
import type { Scenario, StoreKind } from '../scenarios/scenario.js'
import { SCENARIOS } from '../scenarios/scenarios.js'
import { isMeant } from './options.js'

/** What is run, and how long. */
export interface Soak {
  /** No run starts after this moment of `performance.now()`. Absent: each scenario runs once on each of its stores. */
  readonly until?: number
  /** Names of scenarios, or their beginnings: `F10`. Absent: all. */
  readonly faults?: readonly string[]
  readonly store?: StoreKind
  /** Seed of each run; absent: another one for each, which follows from that of the soak. */
  readonly seed?: number
  /** How often each run injects its fault. */
  readonly rounds: number
  /** Keeps each run, also one without a violation. */
  readonly keep?: boolean
}

/** One run, judged. */
export interface JudgedRun {
  readonly scenario: Scenario
  readonly store: StoreKind
  readonly seed: number
  readonly rounds: number
  readonly verdict: Verdict
  /** When it was run; absent: now. */
  readonly ran?: Ran
  /** The run in a line, with the command that repeats it. */
  readonly line: string
}

/** Runs scenarios: at random until the time is over, or each in turn. */
export async function* randomRuns(random: Random, soak: Soak): AsyncGenerator<JudgedRun> {
  const { until, rounds, seed: given, keep: keepAll = false } = soak
  const pairs = pairsOf(soak)
  const [first, ...more] = pairs
  if (first === undefined) throw new Error('expected --faults and --store to name at least one scenario, got none')
  const inTurn = pairs.values()
  for (;;) {
    const pair =
      until === undefined ? inTurn.next().value : performance.now() < until ? random.pick([first, ...more]) : undefined
    if (pair === undefined) return
    const [scenario, store] = pair
    const seed = given ?? random.between(1, 2 ** 31 - 1)
    const verdict = await runScenario(scenario, { store, seed, rounds, keepAll })
    const run = { scenario, store, seed, rounds, verdict }
    yield { ...run, line: lineOf(run) }
  }
}

/** All scenarios that are meant, and can be shown here. */
function pairsOf({ faults, store }: Soak): (readonly [Scenario, StoreKind])[] {
  return SCENARIOS.filter(
    ({ name, needsQuiet }) => faults?.some((fault) => isMeant(name, fault)) ?? needsQuiet !== true,
  )
    .filter(({ unable }) => (unable?.() ?? null) === null)
    .flatMap((scenario) =>
      scenario.stores.filter((each) => store === undefined || each === store).map((each) => [scenario, each] as const),
    )
}

/** A run in a line. */
export function lineOf({ scenario: { name }, store, seed, rounds, verdict }: Omit<JudgedRun, 'line'>): string {
  const { figures, broken } = verdict
  const { tasks, kills, serverKills, lost, secondStarts } = figures
  const injected = Object.values(figures.injected).reduce((sum, count) => sum + count, 0)
  const told =
    `${String(tasks)} tasks, ${String(injected)} faults, ${String(kills)} processes and ${String(serverKills)} servers killed, ` +
    `${String(lost)} lost, ${String(secondStarts)} second starts`
  const { samples, ...times } = recoveryOf(figures)
  const words = Object.entries(times).flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${String(ms)} ms`]))
  const recovery = samples === 0 ? '' : `, ${String(samples)} recoveries: ${words.join(', ')}`
  const masters = Object.entries(figures.newMasters).map(
    ([after, { started, ended }]) =>
      `; after ${after}, from the new master to the first start ${String(started)} ms, to the first end ${String(ended)} ms`,
  )
  const state = broken.length === 0 ? 'held' : `${String(countOf(broken))} VIOLATIONS`
  return `${name} on ${store}: ${state}; ${told}${recovery}${masters.join('')} (${commandOf(name, store, seed, rounds)})`
}

/** The command that repeats a run. */
export function commandOf(name: string, store: StoreKind, seed: number, rounds: number): string {
  const fault = name.includes(' ') ? `'${name}'` : name
  return `npm run soak -- --faults ${fault} --store ${store} --seed ${String(seed)} --rounds ${String(rounds)}`
}
