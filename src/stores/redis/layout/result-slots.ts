import { RESULT_TTL_FLOOR } from '../../policy.js'

/**
 * Records lie in slots: hashes whose records are all gone together. A slot is of a class, whose width is the accuracy of the
 * expiry, and has a place in the ring of that class. So a call can name the keys that it needs before it is sent, and
 * expiry costs nothing a record. A record stays for as long as was asked for, and for up to two widths longer.
 */

/** Width of the first class, ms; each following one is wider by the factor. */
const FIRST_WIDTH = 300_000
const FACTOR = 8
/** Slots in a ring: those that are in use at a time, and some between them and the next round. */
const RING = 12

/** A slot by its name, such as `03`, and when its records are gone, ms. */
export interface ResultSlot {
  readonly name: string
  readonly expiry: number
}

/** The slot of a record that is written now. @param now - server's time, ms */
export function resultSlot(now: number, ttl: number): ResultSlot {
  const kept = Math.max(ttl, RESULT_TTL_FLOOR)
  let width = FIRST_WIDTH
  let size = 0
  for (; kept > width * FACTOR; size++) width *= FACTOR
  const number = Math.floor((now + kept) / width)
  return { name: String(size) + (number % RING).toString(RING), expiry: (number + 2) * width }
}

/** Names of the slots in a text of the state's field S: "name:expiry;", .... */
export function slotNames(text: string): string[] {
  return text.split(';').flatMap((each) => (each === '' ? [] : [each.split(':')[0] ?? '']))
}
