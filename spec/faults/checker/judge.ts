import type { Event } from '../history/event.js'
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
  readonly figures: Figures
  /** Path of the history, where it is kept. */
  readonly kept?: string
}

/** Judges a history by all invariants. */
export function judge(events: readonly Event[], end: EndState, rules: Rules): Verdict {
  const of = caseOf(events, end, rules)
  const violations = Object.entries(INVARIANTS).flatMap(([name, invariant]) => {
    const found = [...invariant.violations(of)]
    const told = found.slice(0, MOST_TOLD).map((each) => `${name}: ${each}`)
    return found.length > MOST_TOLD ? [...told, `${name}: and ${String(found.length - MOST_TOLD)} more`] : told
  })
  return { violations, figures: figuresOf(of) }
}
