import { FAILURE, RETRY, REVOKED } from '../../model/task-state.js'
import type { TaskHeader } from '../../model/task-record.js'
import { workerOfId } from '../../model/worker-id.js'
import { placeOf } from '../task-summary.js'
import { matchesBound, matchesPath, matchesPattern } from './matches.js'
import type { TaskFacts } from './task-facts.js'
import type { Pattern, StateName, Term } from './terms.js'

/** Whether a task is one that all terms describe. */
export function matchesTask(terms: readonly Term[], facts: TaskFacts): boolean {
  return terms.every((term) => matchesTerm(term, facts) !== term.isNegated)
}

function matchesTerm(term: Term, facts: TaskFacts): boolean {
  const { header } = facts.record
  switch (term.key) {
    case 'state':
      return term.states.some((state) => isIn(state, header, facts.now))
    case 'queue':
    case 'job':
    case 'id':
      return anyOf(term.patterns, [header[term.key]])
    case 'tag':
      return anyOf(term.patterns, header.tags)
    case 'worker':
      return header.worker !== null && anyOf(term.patterns, [header.worker, workerOfId(header.worker)])
    case 'error':
      return anyOf(
        term.patterns.map((pattern) => [null, ...pattern, null]),
        [facts.error],
      )
    case 'problem':
      return anyOf(
        term.patterns.map((pattern) => [...pattern, null]),
        facts.problem === null ? [] : [facts.problem],
      )
    case 'args':
    case 'meta':
      return matchesPath(facts[term.key], term.path, term.patterns)
    case 'result':
      return matchesPath(facts.result, ['result', ...term.path], term.patterns)
    case 'since':
      return lastChangeOf(header) >= momentOf(term, facts.now)
    case 'until':
      return lastChangeOf(header) <= momentOf(term, facts.now)
    default: {
      const number = numberOf(term.key, header, facts.now)
      return number !== null && term.bounds.some((bound) => matchesBound(bound, number))
    }
  }
}

function anyOf(patterns: readonly Pattern[], texts: readonly string[]): boolean {
  return patterns.some((pattern) => texts.some((text) => matchesPattern(pattern, text)))
}

function isIn(state: StateName, header: TaskHeader, now: number): boolean {
  const place = placeOf(header, now)
  switch (state) {
    case 'live':
      return place !== 'failed' && place !== 'done'
    case 'running':
      return place === 'held'
    case 'success':
      return place === 'done'
    case 'failure':
      return header.status === FAILURE
    case 'revoked':
      return header.status === REVOKED
    case 'retry':
      return header.status === RETRY
    default:
      return place === state
  }
}

function numberOf(key: 'priority' | 'run' | 'ran' | 'waited', header: TaskHeader, now: number): number | null {
  const { priority, runs, startedAt, endedAt, dueAt } = header
  switch (key) {
    case 'priority':
      return priority
    case 'run':
      return runs
    case 'ran':
      return startedAt > 0 ? (endedAt > 0 ? endedAt : now) - startedAt : null
    case 'waited':
      return Math.max(0, (startedAt > 0 ? startedAt : endedAt > 0 ? endedAt : now) - dueAt)
  }
}

/** When the task ended; else when its run started; else when it was queued. */
function lastChangeOf({ endedAt, startedAt, queuedAt }: TaskHeader): number {
  return endedAt > 0 ? endedAt : startedAt > 0 ? startedAt : queuedAt
}

function momentOf({ ago, at }: { readonly ago: number | null; readonly at: number | null }, now: number): number {
  return at ?? now - (ago ?? 0)
}
