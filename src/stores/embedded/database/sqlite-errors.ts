import { BrokerFullError, EmbeddedDirectoryError } from '../../../errors.js'
import { errorMessage } from '../../../util/thrown.js'

/** SQLite's result codes that matter here. */
export const SQLITE = {
  busy: 5,
  locked: 6,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const

/** The codes that say that the directory, its disk or its files cannot be used. */
const UNUSABLE = new Set<number>([SQLITE.readonly, SQLITE.ioerr, SQLITE.corrupt, SQLITE.cantOpen, SQLITE.notADatabase])

/** SQLite's result code of an error, without its extension; undefined when the error is none of SQLite's. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** Whether another process's write is in the way, which is over soon. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === SQLITE.busy || code === SQLITE.locked
}

/** Whether the disk has no room for what was written. */
export function isFull(error: unknown): boolean {
  return resultCode(error) === SQLITE.full
}

/** The typed error for a failed statement; an error that has no type of ours is returned as it is. */
export function typedError(error: unknown, address: string): unknown {
  const code = resultCode(error)
  if (isFull(error)) return new BrokerFullError(address, 'the disk is full', 'free some of it')
  if (code !== undefined && UNUSABLE.has(code)) {
    const reason = errorMessage(error)
    return new EmbeddedDirectoryError(address.replace(/^embedded:/, ''), reason, false, { cause: error })
  }
  return error
}
