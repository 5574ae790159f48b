import type { Alert, AlertItem } from '../../model/alert.js'

/** What a rule has found, as the store keeps it. */
export interface KeptItem extends AlertItem {
  /** Whether an alert has told of it. */
  readonly isTold: boolean
}

/** An alert that was not told to all yet. */
export interface PendingAlert {
  readonly alert: Alert
  /** Who is left: the places of targets in the rule, and {@link MANAGER}. */
  readonly left: readonly number[]
  /** Turns in which it was tried. */
  readonly turns: number
}

/** What one turn of a rule leaves to the next one, which may be that of another process. */
export interface AlertState {
  /** Time of the last turn, ms since the epoch by the store's clock: what is older is not new. */
  readonly seen: number
  readonly items: readonly KeptItem[]
  readonly pending: readonly PendingAlert[]
}

/** Stands for `Manager.alert()` among the targets. */
export const MANAGER = -1

/**
 * Reads what {@link writeState} wrote. A rule that is new, or that another version has left, begins anew.
 *
 * @param begun - where it does: ms since the epoch by the store's clock
 */
export function readState(text: string, begun: number): AlertState {
  try {
    const state = JSON.parse(text) as AlertState
    if (Array.isArray(state.items) && Array.isArray(state.pending) && typeof state.seen === 'number') return state
  } catch {
    // It is none.
  }
  return { seen: begun, items: [], pending: [] }
}

export function writeState(state: AlertState): string {
  return JSON.stringify(state)
}
