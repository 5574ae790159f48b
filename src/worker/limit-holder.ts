import type { Run } from '../execution/run.js'

/** A task as the holder of a place. It has no inbox: nothing stands before the first `/`. */
export function holderOf({ queue, claimed }: Run): string {
  return `/${encodeURIComponent(queue)}/${claimed.id}`
}

/** The task that a holder is. */
export function taskOf(holder: string): { readonly id: string; readonly queue: string } {
  const end = holder.indexOf('/', 1)
  return { queue: decodeURIComponent(holder.slice(1, end)), id: holder.slice(end + 1) }
}
