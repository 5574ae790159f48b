import { NOTICE_BYTES } from '../../policy.js'
import type { Bytes } from './bytes.js'

/** What stands before the header lines of a record, or of a live task, whose contents a message has no room for: their size. */
const CUT = /^cut (\d+)\n/

/** Lines before the body of a record: its own one, and that of its live task. */
export const RECORD_HEAD_LINES = 2

/** Cuts the values of one message of task events, as `notices.lua` does. @returns a function to be called with each, in order */
export function cutter(): (value: Bytes, headLines: number) => Bytes {
  let room = NOTICE_BYTES
  return (value, headLines) => {
    const sent = value.length <= room ? value : withoutContents(value, headLines)
    room -= sent.length
    return sent
  }
}

function withoutContents(value: Bytes, headLines: number): Bytes {
  let end = 0
  for (let line = 0; line < headLines; line++) end = value.indexOf('\n', end) + 1
  return `cut ${String(value.length - end)}\n${value.slice(0, end)}` as Bytes
}

/** Reads a value of a message. `missing`: number of bytes that it was sent without. */
export function readCut(sent: Bytes): { readonly value: Bytes; readonly missing: number } {
  const found = CUT.exec(sent)
  return found === null
    ? { value: sent, missing: 0 }
    : { value: sent.slice(found[0].length) as Bytes, missing: Number(found[1]) }
}
