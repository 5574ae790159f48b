import { described, InvalidOptionError } from '../errors.js'
import { ACT_TRAITS } from './act-traits.js'
import type { ActName } from './acts.js'

const ACTS = Object.keys(ACT_TRAITS) as readonly ActName[]

/** The name of an act. @throws {@link InvalidOptionError} */
export function actNameOf(value: unknown): ActName {
  const act = ACTS.find((one) => one === value)
  if (act === undefined) throw new InvalidOptionError('act', `one of ${ACTS.join(', ')}`, described(value))
  return act
}
