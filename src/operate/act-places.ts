import type { ActPlace } from '../model/act-place.js'
import { ACT_TRAITS } from './act-traits.js'
import type { ActName } from './acts.js'
import type { StateName, Term } from './filter/terms.js'
import type { TaskPlace } from './looks.js'

const PLACES: readonly ActPlace[] = ['ready', 'delayed', 'held', 'over']
const WAITING: readonly ActPlace[] = ['ready', 'delayed']

/** Where the tasks of a state stand. */
const OF_STATE: Readonly<Record<StateName, readonly ActPlace[]>> = {
  ready: ['ready'],
  delayed: ['delayed'],
  held: ['held'],
  running: ['held'],
  live: ['ready', 'delayed', 'held'],
  failed: ['over'],
  done: ['over'],
  success: ['over'],
  failure: ['over'],
  revoked: ['over'],
  retry: WAITING,
}
/** States that all tasks of their places have: without them none is left there. */
const WHOLE: readonly StateName[] = ['ready', 'delayed', 'held', 'running', 'live']

/**
 * Where a task of a plan must stand for the act to change it: where the filter asks for, and on the same side of waiting, running and
 * over as when it was planned. A revocation may find a task running that has waited, unless the filter says otherwise.
 */
export function actPlaces(act: ActName, terms: readonly Term[], planned: TaskPlace): readonly ActPlace[] {
  return PLACES.filter(
    (place) => isAskedFor(terms, place) && (ACT_TRAITS[act].followsTask || isSameSide(place, planned)),
  )
}

function isAskedFor(terms: readonly Term[], place: ActPlace): boolean {
  return terms.every((term) => {
    if (term.key !== 'state') return true
    if (!term.isNegated) return term.states.some((state) => OF_STATE[state].includes(place))
    return !term.states.some((state) => WHOLE.includes(state) && OF_STATE[state].includes(place))
  })
}

function isSameSide(place: ActPlace, planned: TaskPlace): boolean {
  if (WAITING.includes(place)) return planned === 'ready' || planned === 'delayed'
  return place === 'held' ? planned === 'held' : planned === 'failed' || planned === 'done'
}
