import type { ActPlace } from '../../../model/act-place.js'
import { STATE } from '../database/schema.js'
import type { TaskRow } from './task-rows.js'

/** Where a task stands. A delayed one that is due by now is ready. @param now - ms since the epoch */
export function placeOfRow({ state, holder, due, queued_at }: TaskRow, now: number): ActPlace {
  if (state === STATE.done) return 'over'
  if (holder !== null) return 'held'
  return state === STATE.delayed && (due ?? queued_at) > now ? 'delayed' : 'ready'
}
