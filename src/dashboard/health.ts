import type { QueueOverview } from '../operate/looks.js'

/** The state of all in one line. */
export interface DashboardHealth {
  readonly state: 'ok' | 'warning' | 'fault'
  /** In a sentence. */
  readonly says: string
  /** Where the page shows it: `#/queues/mail`; null: nowhere. */
  readonly href: string | null
}

/** A ready task that waits for longer than this is worth a look, ms. */
const LONG_WAIT = 5 * 60_000

/** The first thing that is wrong, the worst first. */
export function healthOf(queues: readonly QueueOverview[]): DashboardHealth {
  const link = ({ name }: QueueOverview): string => `#/queues/${encodeURIComponent(name)}`
  const unread = queues.find(({ error }) => error !== undefined)
  if (unread !== undefined) {
    return { state: 'fault', says: `${unread.name} cannot be read: ${unread.error ?? ''}.`, href: link(unread) }
  }
  const alone = queues.find(({ ready, workers, paused }) => ready > 0 && workers === 0 && !paused)
  if (alone !== undefined) {
    return {
      state: 'fault',
      says: `No worker consumes ${alone.name}, which has ready tasks.`,
      href: link(alone),
    }
  }
  const paused = queues.find(({ ready, paused: isPaused }) => isPaused && ready > 0)
  if (paused !== undefined) {
    return { state: 'warning', says: `${paused.name} is paused and has ready tasks.`, href: link(paused) }
  }
  const late = queues.find(({ oldestReady }) => (oldestReady ?? 0) > LONG_WAIT)
  if (late !== undefined) {
    return {
      state: 'warning',
      says: `A task of ${late.name} waits for over ${String(LONG_WAIT / 60_000)} minutes.`,
      href: link(late),
    }
  }
  return { state: 'ok', says: queues.length === 0 ? 'No queue has been used yet.' : 'All queues are well.', href: null }
}
