import type { EndState, Rules } from '../checker/end-state.js'
import type { Verdict } from '../checker/judge.js'
import type { FaultRun } from '../harness/fault-run.js'
import type { Event } from '../history/event.js'
import type { TestStore } from '../harness/test-store.js'
import type { Mix } from '../load/plan.js'

export type StoreKind = 'redis' | 'embedded'

/** A fault of the table, and how it is injected into a load. */
export interface Scenario {
  /** Unique: `F1`, `F10 everysec`. */
  readonly name: string
  readonly says: string
  readonly stores: readonly StoreKind[]
  /** Why it cannot be shown on this machine; absent or null: it can. */
  unable?(): string | null
  /** Whether it runs only where it is named: beside other work, servers seem to be down that are slow. */
  readonly needsQuiet?: boolean
  /** Makes the store; absent: a Redis without persistence, or a directory. */
  makeStore?(kind: StoreKind): Promise<TestStore>
  readonly mix?: Partial<Mix>
  readonly workers?: number
  readonly producers?: number
  /** Also runs two schedulers. */
  readonly schedules?: boolean
  /** Of all workers. */
  readonly settings?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly rules?: Partial<Rules>
  /** Invariants that this fault breaks by its nature, and why. They count as broken all the same; the page tells the reason. */
  readonly knownLimit?: { readonly of: readonly string[]; readonly says: string }
  /** Whether workers may end by themselves with another code than 0. */
  readonly mayCrash?: boolean
  /** Names of the faults of which a run injects each at least once, as `says` promises. */
  readonly shows?: readonly string[]
  /** What the history alone tells: how often a fault met what it was meant for, by its name. */
  seen?(events: readonly Event[]): Readonly<Record<string, number>>
  /** Injects the fault, several times, each at a moment that follows from what happens. */
  inject(run: FaultRun): Promise<void>
  /** What else must hold. @returns one sentence a violation */
  check?(events: readonly Event[], verdict: Verdict, end: EndState): Iterable<string>
}
