import { brokenBy } from '../checker/broken.js'
import type { Verdict } from '../checker/judge.js'
import { judge } from '../checker/judge.js'
import type { Rules } from '../checker/end-state.js'
import type { Event } from '../history/event.js'
import type { Scenario, StoreKind } from '../scenarios/scenario.js'
import { notShown, shownBy } from '../scenarios/shown.js'
import { FaultRun } from './fault-run.js'
import type { RunEnd } from './kept-run.js'
import { keepRun } from './kept-run.js'
import { makeEmbeddedStore, makeRedisStore } from './test-store.js'

/** Limits of the jobs of the load; a drain has time for processes to start on a busy machine. */
export const RULES: Rules = { limits: { 'fault.limited': 2 }, lease: 2_000, drainLimit: 30_000, crashCap: 3 }

/** Whose expectations beside the invariants a run may break. */
const [RUN, FAULT] = ['the run', 'the fault']

/** The rules of a scenario. Its workers' leases are those of its settings. */
export function rulesOf({ settings = [], rules }: Scenario): Rules {
  const at = settings.indexOf('--lease-ttl')
  const lease = at < 0 ? {} : { lease: Number.parseFloat(settings[at + 1] ?? '') * 1_000 }
  return { ...RULES, ...lease, ...rules }
}

/** How a scenario is run. */
export interface RunOptions {
  readonly store: StoreKind
  readonly seed: number
  /** How often its fault is injected. */
  readonly rounds: number
  /** Keeps the run also where it shows no violation. */
  readonly keepAll?: boolean
}

/** Runs the load and the faults. @returns why they came to no end */
async function injected(run: FaultRun, scenario: Scenario): Promise<string[]> {
  try {
    await run.begin()
    await scenario.inject(run)
    return []
  } catch (error) {
    return [`the run came to a stop: ${String(error)}`]
  }
}

/** Judges a run by its history and its end, now or later. */
export function judgeRun(scenario: Scenario, events: readonly Event[], { end, failures }: RunEnd): Verdict {
  const verdict = judge(events, end, rulesOf(scenario))
  const missing = notShown(scenario, events).map((name) => `the run has not injected: ${name}`)
  const checked = [...(scenario.check?.(events, verdict, end) ?? [])]
  const figures = { ...verdict.figures, injected: shownBy(scenario, events) }
  const broken = [...brokenBy(RUN, [...failures, ...missing]), ...brokenBy(FAULT, checked)]
  return {
    figures,
    violations: [...verdict.violations, ...failures, ...missing, ...checked],
    broken: [...verdict.broken, ...broken],
  }
}

/** Runs a scenario from a seed, and judges it. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Verdict> {
  const { store: kind, seed, rounds, keepAll = false } = options
  const store = scenario.makeStore
    ? await scenario.makeStore(kind)
    : kind === 'redis'
      ? await makeRedisStore([], '')
      : await makeEmbeddedStore()
  const run = new FaultRun(scenario, store, seed, rounds)
  try {
    const stuck = await injected(run, scenario)
    const { end, failures } = await run.finish()
    const runEnd: RunEnd = { fault: scenario.name, store: kind, seed, rounds, end, failures: [...stuck, ...failures] }
    const verdict = judgeRun(scenario, run.history.read(), runEnd)
    if (verdict.violations.length === 0 && !keepAll) return verdict
    const kept = keepRun(run.history.path, runEnd, verdict.violations)
    return { ...verdict, kept }
  } finally {
    await run.dispose()
  }
}
