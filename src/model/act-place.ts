/** Where a task stands, as a store tells it at the moment of a write. `over`: there is only its record. */
export type ActPlace = 'ready' | 'delayed' | 'held' | 'over'

/** For an act that takes tasks wherever they are. */
export const ANY_PLACE: readonly ActPlace[] = ['ready', 'delayed', 'held', 'over']
