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
const LINE_BREAK = 0x0a

/** The numbers of the text that is being read. */
const numbers = [0, 0, 0, 0, 0, 0]

/**
 * Reads numbers into {@link numbers}, each with one character behind it. A pattern takes four times as long, and makes a text of each.
 *
 * @param last - the character behind the last one; behind the others are commas
 * @returns where what follows begins; -1: there are none
 */
function readNumbers(text: Bytes, from: number, count: number, last: number): number {
  let at = from
  for (let i = 0; i < count; i += 1) {
    const isNegative = text.charCodeAt(at) === MINUS
    if (isNegative) at += 1
    const begin = at
    let number = 0
    for (let digit = text.charCodeAt(at) - DIGIT_0; digit >= 0 && digit <= 9; digit = text.charCodeAt(at) - DIGIT_0) {
      number = number * 10 + digit
      at += 1
    }
    if (at === begin || text.charCodeAt(at) !== (i === count - 1 ? last : COMMA)) return -1
    numbers[i] = isNegative ? -number : number
    at += 1
  }
  return at
}

/** Reads the first line of a whole record: status, claimedAt, took, fence, liveLength, outcomeLength, worker. @returns null where there is no such line */
export function endedHead(record: Bytes): EndedHead | null {
  const at = readNumbers(record, 0, 6, COMMA)
  const end = at < 0 ? -1 : record.indexOf('\n', at)
  if (end < 0) return null
  const [status = 0, claimedAt = 0, took = 0, , liveLength = 0, outcomeLength = 0] = numbers
  return { status, claimedAt, took, liveLength, outcomeLength, worker: workerOf(record, at, end), length: end + 1 }
}

function workerOf(text: Bytes, from: number, end: number): string | null {
  return from === end ? null : unescaped(textOf(text.substring(from, end) as Bytes))
}

/** What records of one batch begin with: see `records.lua`. */
export interface EndedBegin {
  readonly field: Bytes
  readonly claimedAt: number
  readonly worker: string | null
  /** Begin of the live tasks. */
  readonly live: Bytes
}

/** Whether a field of a slot is no id, but has what records begin with. */
export function isBegin(field: Bytes): boolean {
  return field.charCodeAt(0) === LINE_BREAK
}

/** @returns null where it cannot be read */
export function endedBegin(field: Bytes, text: Bytes): EndedBegin | null {
  const at = readNumbers(text, 0, 2, COMMA)
  const end = at < 0 ? -1 : text.indexOf('\n', at)
  if (end < 0) return null
  const [claimedAt = 0] = numbers
  return { field, claimedAt, worker: workerOf(text, at, end), live: text.substring(end + 1) as Bytes }
}

/** Reads the first lines of a record that begins elsewhere: field, status, took, liveLength, outcomeLength. @returns null where they are of another begin */
export function endedRest(record: Bytes, { field, claimedAt, worker }: EndedBegin): EndedHead | null {
  if (!record.startsWith(field) || record.charCodeAt(field.length) !== LINE_BREAK) return null
  const length = readNumbers(record, field.length + 1, 4, LINE_BREAK)
  if (length < 0) return null
  const [status = 0, took = 0, liveLength = 0, outcomeLength = 0] = numbers
  return { status, claimedAt, took, liveLength, outcomeLength, worker, length }
}
