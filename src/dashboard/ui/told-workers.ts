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

/** Whether a worker is quiet; null: it has not said so. */
export function isQuiet({ name, state, status }: WorkerOverview): boolean | null {
  const order = told.value.get(name)
  return order !== undefined && beat.value < order.until ? order.isQuiet : state === 'quiet' || (status?.quiet ?? null)
}
