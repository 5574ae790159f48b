import type { ActPlace } from '../../../model/act-place.js'
import type { Bytes } from './bytes.js'
import { bytesOf } from './bytes.js'

const LETTERS: Readonly<Record<ActPlace, string>> = { ready: 'r', delayed: 'd', held: 'h', over: 'o' }

/** Places as the argument `places` of a script: see places.lua. */
export function placeLetters(places: readonly ActPlace[]): Bytes {
  return bytesOf(places.map((place) => LETTERS[place]).join(''))
}
