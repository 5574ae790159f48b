import { recoveryOf } from '../checker/figures.js'
import type { Verdict } from '../checker/judge.js'
import { runScenario } from '../harness/run-scenario.js'
import type { Random } from '../random.js'
import type { Scenario, StoreKind } from '../scenarios/scenario.js'
import { SCENARIOS } from '../scenarios/scenarios.js'

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
}

/** One run, judged. */
export interface JudgedRun {
  readonly scenario: Scenario
  readonly store: StoreKind
  readonly seed: number
  readonly verdict: Verdict
  /** The run in a line, with the command that repeats it. */
  readonly line: string
}

/** Runs scenarios: at random until the time is over, or each in turn. */
export async function* randomRuns(random: Random, soak: Soak): AsyncGenerator<JudgedRun> {
  const { until, rounds, seed: given } = soak
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
    const verdict = await runScenario(scenario, store, seed, rounds)
    yield { scenario, store, seed, verdict, line: lineOf(scenario, store, seed, rounds, verdict) }
  }
}

/** All scenarios that are meant, and can be shown here. */
function pairsOf({ faults, store }: Soak): (readonly [Scenario, StoreKind])[] {
  return SCENARIOS.filter(
    ({ name, needsQuiet }) =>
      faults?.some((fault) => name === fault || name.startsWith(`${fault} `)) ?? needsQuiet !== true,
  )
    .filter(({ unable }) => (unable?.() ?? null) === null)
    .flatMap((scenario) =>
      scenario.stores.filter((each) => store === undefined || each === store).map((each) => [scenario, each] as const),
    )
}

function lineOf(
  { name }: Scenario,
  store: StoreKind,
  seed: number,
  rounds: number,
  { figures, violations }: Verdict,
): string {
  const { tasks, kills, faults, lost, secondStarts } = figures
  const told =
    `${String(tasks)} tasks, ${String(faults)} faults, ${String(kills)} kills, ${String(lost)} lost, ` +
    `${String(secondStarts)} second starts`
  const [half, nearlyAll] = [0.5, 0.99].map((share) => recoveryOf(share, figures))
  const recovery = half === null ? '' : `, recovery ${String(half)} ms (p50) and ${String(nearlyAll)} ms (p99)`
  const state = violations.length === 0 ? 'held' : `${String(violations.length)} VIOLATIONS`
  return `${name} on ${store}: ${state}; ${told}${recovery} (${commandOf(name, store, seed, rounds)})`
}

/** The command that repeats a run. */
export function commandOf(name: string, store: StoreKind, seed: number, rounds: number): string {
  const fault = name.includes(' ') ? `'${name}'` : name
  return `npm run soak -- --faults ${fault} --store ${store} --seed ${String(seed)} --rounds ${String(rounds)}`
}
