import { copyFileSync, mkdirSync } from 'node:fs'
import type { Verdict } from '../checker/judge.js'
import { judge } from '../checker/judge.js'
import type { Scenario, StoreKind } from '../scenarios/scenario.js'
import { FaultRun } from './fault-run.js'
import type { Rules } from '../checker/end-state.js'
import { makeEmbeddedStore, makeRedisStore } from './test-store.js'

/** Where histories are kept, below the working directory. */
const KEPT = '.faults'
/** Limits of the jobs of the load; a drain has time for processes to start on a busy machine. */
export const RULES: Rules = { limits: { 'fault.limited': 2 }, drainLimit: 30_000, crashCap: 3 }

/** Keeps the history of a run that has shown a fault. @returns where */
function keep({ history, scenario, seed }: FaultRun, kind: StoreKind): string {
  mkdirSync(KEPT, { recursive: true })
  const path = `${KEPT}/${scenario.name.replaceAll(' ', '-')}-${kind}-${String(seed)}.jsonl`
  copyFileSync(history.path, path)
  return `the history is kept in ${path}`
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

/** Runs a scenario from a seed, and judges it. */
export async function runScenario(scenario: Scenario, kind: StoreKind, seed: number, rounds: number): Promise<Verdict> {
  const store = scenario.makeStore
    ? await scenario.makeStore(kind)
    : kind === 'redis'
      ? await makeRedisStore([], '')
      : await makeEmbeddedStore()
  const run = new FaultRun(scenario, store, seed, rounds)
  try {
    const stuck = await injected(run, scenario)
    const { end, failures } = await run.finish()
    const verdict = judge(run.history.read(), end, { ...RULES, ...scenario.rules })
    const more = [...stuck, ...failures, ...(scenario.check?.(run, verdict, end) ?? [])]
    const violations = [...verdict.violations, ...more]
    return { ...verdict, violations: violations.length === 0 ? [] : [...violations, keep(run, kind)] }
  } finally {
    await run.dispose()
  }
}
