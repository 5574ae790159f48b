import { createHash } from 'node:crypto'
import { described, InvalidOptionError } from '../errors.js'
import type { ListQuery } from './searches.js'

/** Characters that tell a cursor from any other text. */
const MARK = 8

/** A cursor of a store as callers get it: it names its list, since in another one it would lead anywhere. */
export function cursorFor(query: ListQuery, cursor: string | null): string | null {
  return cursor === null ? null : `${markOf(query, cursor)}${cursor}`
}

/** The cursor as the store gave it; null: the first page. @throws {@link InvalidOptionError} for any text that no page of the list has given */
export function readCursor(query: ListQuery, given: unknown): string | null {
  if (given === null || given === undefined) return null
  if (typeof given === 'string') {
    const cursor = given.slice(MARK)
    if (given.slice(0, MARK) === markOf(query, cursor)) return cursor
  }
  throw new InvalidOptionError('cursor', 'that of the page before, of the same list', described(given))
}

function markOf({ queue, state }: ListQuery, cursor: string): string {
  return createHash('sha256')
    .update(JSON.stringify([queue, state, cursor]))
    .digest('base64url')
    .slice(0, MARK)
}
