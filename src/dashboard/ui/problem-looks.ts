import type { Problem } from '../../operate/looks.js'
import { absolute, count, store, stored } from './format.js'

/** A page that is opened again within this time goes on with the same look, ms. */
const BREAK = 10 * 60_000

/** The problems as this browser has seen them. */
export interface ProblemLook {
  /** ms since the epoch. */
  readonly at: number
  /** Number of failures, by problem. */
  readonly counts: Readonly<Record<string, number>>
}

/** The present look, and the one before it. */
export interface KeptLook extends ProblemLook {
  readonly before: ProblemLook | null
}

/** How a problem goes on. */
export interface Trend {
  /** Failures since the last look; null: this browser looks for the first time. */
  readonly more: number | null
  readonly isNew: boolean
}

export function keyOfProblem({ queue, id }: Pick<Problem, 'queue' | 'id'>): string {
  return `${queue} ${id}`
}

/** The look with which the present one is compared; null: this is the first. */
export function lookBefore(kept: KeptLook | null, now: number): ProblemLook | null {
  return kept !== null && now - kept.at < BREAK ? kept.before : kept
}

/** The present look. */
export function lookAt(problems: readonly Problem[], before: ProblemLook | null, now: number): KeptLook {
  const counts = Object.fromEntries(problems.map((problem) => [keyOfProblem(problem), problem.count]))
  return { at: now, counts, before: before && { at: before.at, counts: before.counts } }
}

export function trendOf(problem: Problem, before: ProblemLook | null): Trend {
  if (before === null) return { more: null, isNew: false }
  const key = keyOfProblem(problem)
  const known = Object.hasOwn(before.counts, key) ? before.counts[key] : undefined
  // One that was forgotten meanwhile is counted anew.
  if (known === undefined || known > problem.count) return { more: problem.count, isNew: true }
  return { more: problem.count - known, isNew: false }
}

/** The same in words, behind its sign. */
export function trendText({ more, isNew }: Trend): readonly [sign: string, text: string] {
  if (more === null) return ['', '–']
  if (more === 0) return ['→', 'none']
  return ['↑', isNew ? `${count(more)}, new` : `${count(more)} more`]
}

/** What the column of the trends means. */
export function trendTitle(before: ProblemLook | null): string {
  const since = before === null ? 'This browser looks for the first time' : `Failures since ${absolute(before.at)}`
  return `${since}. The store keeps their number, the first and the last one, and no times between them.`
}

const name = (): string => `problems ${location.pathname}`

/** What this browser keeps; null: nothing that can be read. */
export function keptLook(): KeptLook | null {
  try {
    const kept = JSON.parse(stored(name()) ?? 'null') as KeptLook | null
    return typeof kept?.at === 'number' ? kept : null
  } catch {
    return null
  }
}

export function keepLook(look: KeptLook): void {
  store(name(), JSON.stringify(look))
}
