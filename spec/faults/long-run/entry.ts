/** What an entry of a long run's history says. Of a task: that it was not queued, how it ended for its producer, and what the store has recorded. */
export const KINDS = ['started', 'returned', 'failed', 'ended', 'refused', 'rejected', 'recorded', 'unknown'] as const

export type Kind = (typeof KINDS)[number]

/** Bytes of an entry. */
export const ENTRY_BYTES = 32

/**
 * One event of a long run, in 32 bytes: ten million tasks make forty million of them. `unknown`: the store did not know the task when it
 * was looked up.
 */
export interface Entry {
  kind: Kind
  /** Number of the task, from 0, in the order in which the producer made them. */
  index: number
  /** Of `ended` and `recorded`. */
  status: number
  run: number
  /** Of `recorded`. */
  crashes: number
  /** ms of the machine's monotonic clock. */
  at: number
  /** Of the run; of an end, that of the run which has succeeded, or 0. */
  fence: number
  /** Process id of the worker; of an end, when the store says that it was. */
  value: number
}

/** What most entries have in common. */
export const NO_ENTRY: Entry = { kind: 'started', index: 0, status: 0, run: 0, crashes: 0, at: 0, fence: 0, value: 0 }

export function writeEntry(view: DataView, offset: number, entry: Entry): void {
  view.setUint32(offset, entry.index, true)
  view.setUint8(offset + 4, KINDS.indexOf(entry.kind))
  view.setUint8(offset + 5, entry.status)
  view.setUint8(offset + 6, entry.run)
  view.setUint8(offset + 7, entry.crashes)
  view.setFloat64(offset + 8, entry.at, true)
  view.setFloat64(offset + 16, entry.fence, true)
  view.setFloat64(offset + 24, entry.value, true)
}

/** Reads an entry into an object that is used again and again. */
export function readEntry(view: DataView, offset: number, entry: Entry): void {
  entry.index = view.getUint32(offset, true)
  entry.kind = KINDS[view.getUint8(offset + 4)] ?? 'unknown'
  entry.status = view.getUint8(offset + 5)
  entry.run = view.getUint8(offset + 6)
  entry.crashes = view.getUint8(offset + 7)
  entry.at = view.getFloat64(offset + 8, true)
  entry.fence = view.getFloat64(offset + 16, true)
  entry.value = view.getFloat64(offset + 24, true)
}
