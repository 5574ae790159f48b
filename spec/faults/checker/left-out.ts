import type { Rules } from './end-state.js'

/** What a rule leaves out of the invariants, in words. */
const WORDS = {
  mayLose:
    'I1, I10: what the store has lost is counted, and is no violation; I2: the outcome that is left may be that of an earlier run; I3, I5, ' +
    'I6: its counters are lost, too',
  mayForget:
    'I3: what the counters tell of redeliveries may be forgotten; I4: an end that was seen may be recorded once more, by the same or a later ' +
    'run, which may start after it, and a revocation may be forgotten; I8: what is restored may come after what was queued later',
  repeatsInPlace:
    'I2: a run may start again in place, under the same fence, after its thread has ended for no reason that it could tell',
  poison: 'I4: tasks of the poisoned jobs may end as FAILURE, or as REVOKED by their timeout',
} as const

/** What of the invariants is not checked under such rules. */
export function leftOut(rules: Rules): readonly string[] {
  const names = Object.keys(WORDS) as (keyof typeof WORDS)[]
  return names.filter((name) => rules[name] !== undefined && rules[name] !== false).map((name) => WORDS[name])
}
