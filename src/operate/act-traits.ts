import type { ActName } from './acts.js'
import type { TaskPlace } from './looks.js'

/** What distinguishes an act from the others where its plan is made. */
export interface ActTraits {
  /** Where a task must stand. */
  readonly places: readonly TaskPlace[]
  /** Whether the index of failed tasks has all that the act can change: another finished record was retried or moved already. */
  readonly changesListedOnly: boolean
  /** Whether it takes finished records whether that index has them or not, so that the plan has to tell them apart. */
  readonly tellsListed: boolean
  /** Whether it leaves out tasks that were moved, and go on elsewhere. */
  readonly leavesMoved: boolean
  /** Whether a task that waited when it was planned may run, or be over, by then. */
  readonly followsTask: boolean
}

const ON_WAITING: ActTraits = {
  places: ['ready', 'delayed'],
  changesListedOnly: false,
  tellsListed: false,
  leavesMoved: false,
  followsTask: false,
}

/** The acts, each with what its plans go by. */
export const ACT_TRAITS: Readonly<Record<ActName, ActTraits>> = {
  retry: { ...ON_WAITING, places: ['failed'], changesListedOnly: true, leavesMoved: true },
  revoke: { ...ON_WAITING, places: ['ready', 'delayed', 'held'], followsTask: true },
  'run-now': { ...ON_WAITING, places: ['delayed'] },
  move: ON_WAITING,
  drop: { ...ON_WAITING, places: ['ready', 'delayed', 'failed', 'done'], tellsListed: true },
  prioritize: ON_WAITING,
}
