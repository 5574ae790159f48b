import type { QueueOverview } from '../../operate/looks.js'
import { duration, rate } from './format.js'

/** From here on it makes no difference how long it takes. */
const MOST = 365 * 86_400_000

/** What the column of the times to drain means. */
export const DRAIN_TITLE = 'The ready tasks, divided by the rate out less the rate in'

/**
 * Time until no task is ready, ms, at the rates of the last minute. Infinity: as much comes as goes, or more. Null: nothing waits, or no
 * rate is known.
 */
export function timeToDrain({ ready, rates, error }: QueueOverview): number | null {
  if (error !== undefined || ready === 0 || rates === null) return null
  const net = rates.ended - rates.queued
  return net > 0 ? (ready / net) * 1_000 : Infinity
}

/** The same in words. */
export function drainText(queue: QueueOverview): string {
  const time = timeToDrain(queue)
  if (time === null) return '–'
  if (time === Infinity) return 'never at this rate'
  return time > MOST ? 'over a year' : duration(Math.max(1_000, Math.round(time / 1_000) * 1_000))
}

/** How it was computed. */
export function drainReason({ ready, rates, error }: QueueOverview): string {
  if (error !== undefined) return 'The queue cannot be read'
  if (ready === 0) return 'No task waits'
  if (rates === null) return 'No rate is known yet'
  return `${DRAIN_TITLE}: ${String(ready)} / (${rate(rates.ended)} − ${rate(rates.queued)})`
}
