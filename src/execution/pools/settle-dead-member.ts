import type { PoolMember } from './pool-member.js'
import type { PoolRun } from './pool-run.js'
import { fromWireError } from './wire-error.js'

/**
 * Settles the runs of a member that has died. The run that the member has named is to blame, or the only run in it. That run
 * fails, and the others are released.
 *
 * @param kind - `thread` or `process`, for messages
 * @param how - a phrase, such as `ended with SIGSEGV`
 * @returns the runs that must run again, each in a member of its own, since it is unknown which of them is to blame
 */
export function settleDeadMember(member: PoolMember<PoolRun>, kind: string, how: string): readonly PoolRun[] {
  const runs = [...member.runs.values()].filter(({ abandoned }) => !abandoned)
  const release = (run: PoolRun, reason: string): void => {
    run.settle({ kind: 'released', reason, delay: 0 })
  }
  if (member.retiring) {
    for (const run of runs) release(run, `its ${kind} was ended with another task in it`)
    return []
  }
  const { ending } = member
  const guilty = runs.length === 1 ? runs[0] : runs.find(({ number }) => number === ending?.run)
  if (guilty === undefined) return runs
  const error = ending ? fromWireError(ending.error) : new Error(`its ${kind} ${how} while it ran`)
  guilty.settle({ kind: 'threw', error })
  for (const run of runs) if (run !== guilty) release(run, `its ${kind} died of another task`)
  return []
}
