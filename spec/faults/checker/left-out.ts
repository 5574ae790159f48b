import type { Rules } from './end-state.js'

/** What a rule leaves out of the invariants, in words. */
const WORDS = {
  mayLose:
    'I1, I10: what the store has lost is counted, and is no violation; I2: the outcome that is left may be that of an earlier run; I3, I5, ' +
    'I6: its counters are lost, too',
  mayForget:
    'I4: an end that was seen may be recorded once more, by the same or a later ' +
    'run, which may start after it, and a revocation may be forgotten; I8: what is restored may come after what was queued later',
  repeatsInPlace:
    'I2: a run may start again in place, under the same fence, after its thread has ended for no reason that it could tell',
  poison: 'I4: tasks of the poisoned jobs may end as FAILURE, or as REVOKED by their timeout',
} as const

/** Of a store that may forget, and loses nothing. */
const BY_HISTORIES =
  'I3: the counters of redeliveries may be forgotten, so the histories must tell the cause of each second start: a run that has failed, was ' +
  'aborted, was refused or has died'

/** What of the invariants is not checked under such rules, or otherwise. */
export function leftOut(rules: Rules): readonly string[] {
  const names = Object.keys(WORDS) as (keyof typeof WORDS)[]
  const words = names.filter((name) => rules[name] !== undefined && rules[name] !== false).map((name) => WORDS[name])
  return rules.mayForget === true && rules.mayLose !== true ? [BY_HISTORIES, ...words] : words
}
