import type { Visitor } from './auth/visitor.js'

/** A filter that also leaves out the queues that a visitor does not see. */
export function scopedFilter(filter: string, visitor: Visitor): string {
  return visitor.filter === '' ? filter : `${filter} ${visitor.filter}`
}
