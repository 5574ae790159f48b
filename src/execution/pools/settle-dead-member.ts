import type { PoolMember } from './pool-member.js'
import type { PoolRun } from './pool-run.js'
import { fromWireError } from './wire-error.js'

/** The runs of a dead member that must run again. */
export interface Restart {
  readonly runs: readonly PoolRun[]
  /** Whether each needs a member of its own, since it is unknown which of them is to blame. */
  readonly alone: boolean
}

/**
 * Number of members that may die with a run in them because of code of other runs. After that the run itself is to blame: it
 * may use something, such as a connection, that other runs have made.
 */
const MOST_DEATHS = 3

/**
 * Settles the runs of a member that has died. The run whose code has ended the member fails. Code of a run that was over
 * fails no run. Where the member did not say whose code it was, its only run is to blame.
 *
 * @param kind - `thread` or `process`, for messages
 * @param how - a phrase, such as `ended with SIGSEGV`
 */
export function settleDeadMember(member: PoolMember<PoolRun>, kind: string, how: string): Restart {
  const runs = [...member.runs.values()].filter(({ abandoned }) => !abandoned)
  if (member.retiring) {
    const reason = `its ${kind} was ended with another task in it`
    for (const run of runs) run.settle({ kind: 'released', reason, delay: 0 })
    return { runs: [], alone: false }
  }
  const of = member.ending?.of ?? null
  if (of === null && runs.length > 1) return { runs, alone: true }
  const guilty = runs.filter(({ number, deaths }) => of === null || number === of.run || deaths >= MOST_DEATHS)
  for (const run of guilty) run.settle({ kind: 'threw', error: errorOf(member, kind, how) })
  return { runs: runs.filter((run) => !guilty.includes(run)), alone: false }
}

function errorOf({ ending }: PoolMember<PoolRun>, kind: string, how: string): unknown {
  return ending ? fromWireError(ending.error) : new Error(`its ${kind} ${how} while it ran`)
}
