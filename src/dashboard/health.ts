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

/** The first thing that is wrong, the worst first, and how many queues it concerns. */
export function healthOf(queues: readonly QueueOverview[]): DashboardHealth {
  const link = ({ name }: QueueOverview): string => `#/queues/${encodeURIComponent(name)}`
  const unread = queues.find(({ error }) => error !== undefined)
  if (unread !== undefined) {
    return { state: 'fault', says: `${unread.name} cannot be read: ${unread.error ?? ''}.`, href: link(unread) }
  }
  const alone = queues.filter(({ ready, workers, paused }) => ready > 0 && workers === 0 && !paused)
  if (alone[0] !== undefined) {
    const have = alone.length === 1 ? 'has' : 'have'
    return {
      state: 'fault',
      says: `No worker consumes ${named(alone)}, which ${have} ready tasks.`,
      href: link(alone[0]),
    }
  }
  const paused = queues.filter(({ ready, paused: isPaused }) => isPaused && ready > 0)
  if (paused[0] !== undefined) {
    const says = paused.length === 1 ? 'is paused and has' : 'are paused and have'
    return { state: 'warning', says: `${named(paused)} ${says} ready tasks.`, href: link(paused[0]) }
  }
  const late = queues.filter(({ oldestReady }) => (oldestReady ?? 0) > LONG_WAIT)
  if (late[0] !== undefined) {
    return {
      state: 'warning',
      says: `A task of ${named(late)} has waited for over ${String(LONG_WAIT / 60_000)} minutes.`,
      href: link(late[0]),
    }
  }
  return { state: 'ok', says: queues.length === 0 ? 'No queue has been used yet.' : 'All queues are well.', href: null }
}

/** The first queue, and how many others there are. */
function named([first, ...others]: readonly QueueOverview[]): string {
  if (others.length === 0) return first?.name ?? ''
  return `${first?.name ?? ''} and ${String(others.length)} other ${others.length === 1 ? 'queue' : 'queues'}`
}
