import type { Bytes } from './bytes.js'
import { textOf } from './bytes.js'
import { unescaped } from './escaped.js'

/** What the first line of a finished task's record says: see `records.lua`. */
export interface EndedHead {
  readonly status: number
  /** 0: it was not held. */
  readonly claimedAt: number
  /** ms */
  readonly took: number
  readonly liveLength: number
  readonly outcomeLength: number
  /** Null: none. */
  readonly worker: string | null
  /** Length of the line. */
  readonly length: number
}

const COMMA = 0x2c
const MINUS = 0x2d
const DIGIT_0 = 0x30

/** The numbers of the line that is being read: status, claimedAt, took, fence, liveLength, outcomeLength. */
const numbers = [0, 0, 0, 0, 0, 0]

/** Reads the first line. A pattern takes four times as long, and makes a text of each number. @returns null where there is no such line */
export function endedHead(record: Bytes): EndedHead | null {
  let at = 0
  for (let i = 0; i < numbers.length; i += 1) {
    const isNegative = record.charCodeAt(at) === MINUS
    if (isNegative) at += 1
    const from = at
    let number = 0
    for (
      let digit = record.charCodeAt(at) - DIGIT_0;
      digit >= 0 && digit <= 9;
      digit = record.charCodeAt(at) - DIGIT_0
    ) {
      number = number * 10 + digit
      at += 1
    }
    if (at === from || record.charCodeAt(at) !== COMMA) return null
    numbers[i] = isNegative ? -number : number
    at += 1
  }
  const end = record.indexOf('\n', at)
  if (end < 0) return null
  const [status = 0, claimedAt = 0, took = 0, , liveLength = 0, outcomeLength = 0] = numbers
  const worker = at === end ? null : unescaped(textOf(record.substring(at, end) as Bytes))
  return { status, claimedAt, took, liveLength, outcomeLength, worker, length: end + 1 }
}
