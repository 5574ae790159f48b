import { signal } from '@preact/signals'
import type { WorkerOverview } from '../../operate/looks.js'
import { beat } from './live.js'

/** Updates after which what a worker says counts again, whatever it was told: somebody else may have told it otherwise. */
const BEATS = 10

interface Told {
  readonly isQuiet: boolean
  readonly until: number
}

/** The workers that this page has told to be quiet, or to claim again: they have said that they do, and the next updates are older. */
const told = signal<ReadonlyMap<string, Told>>(new Map())

export function noteTold(worker: string, isQuiet: boolean): void {
  told.value = new Map(told.value).set(worker, { isQuiet, until: beat.value + BEATS })
}

/** The state of a worker, as far as this page knows. */
export function stateOf({ name, state }: WorkerOverview): WorkerOverview['state'] {
  const order = told.value.get(name)
  if (order === undefined || beat.value >= order.until || state === 'lost') return state
  return order.isQuiet ? 'quiet' : 'alive'
}
