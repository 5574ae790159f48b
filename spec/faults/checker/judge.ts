import type { Event } from '../history/event.js'
import type { Broken } from './broken.js'
import { brokenBy } from './broken.js'
import { caseOf } from './case.js'
import type { EndState, Rules } from './end-state.js'
import type { Figures } from './figures.js'
import { figuresOf } from './figures.js'
import { INVARIANTS } from './invariants.js'

/** Most violations of one invariant that are told. */
const MOST_TOLD = 5

export interface Verdict {
  /** One line each: the invariant, and what contradicts it. */
  readonly violations: readonly string[]
  /** The same, each counted in full. */
  readonly broken: readonly Broken[]
  readonly figures: Figures
  /** Path of the history, where it is kept. */
  readonly kept?: string
}

/** Judges a history by all invariants. */
export function judge(events: readonly Event[], end: EndState, rules: Rules): Verdict {
  const of = caseOf(events, end, rules)
  const found = Object.entries(INVARIANTS).map(([name, each]) => [name, [...each.violations(of)]] as const)
  return {
    violations: found.flatMap(([name, sentences]) => told(name, sentences)),
    broken: found.flatMap(([name, sentences]) => brokenBy(name, sentences)),
    figures: figuresOf(of),
  }
}

function told(name: string, sentences: readonly string[]): readonly string[] {
  const first = sentences.slice(0, MOST_TOLD).map((each) => `${name}: ${each}`)
  const more = sentences.length - first.length
  return more > 0 ? [...first, `${name}: and ${String(more)} more`] : first
}
