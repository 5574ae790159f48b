import type { WorkerOverview } from '../../operate/looks.js'

/** A moment on the axis of time, with a word. */
export interface Mark {
  /** ms since the epoch. */
  readonly at: number
  readonly label: string
}

/**
 * When the first of the living workers of each version started, by time. The store keeps no versions over time: what has ended, and a worker that
 * was replaced by one of its version, tells nothing of its start.
 *
 * @param queue - whose workers are meant. Default: all
 */
export function deployMarks(workers: readonly WorkerOverview[], queue?: string): readonly Mark[] {
  const starts = new Map<string, number>()
  for (const { state, status, queues } of workers) {
    if (state === 'lost' || typeof status?.startedAt !== 'number' || status.version === 'unknown') continue
    if (queue !== undefined && !queues.some((each) => each.queue === queue)) continue
    starts.set(status.version, Math.min(status.startedAt, starts.get(status.version) ?? Infinity))
  }
  return [...starts].map(([label, at]) => ({ at, label })).sort((a, b) => a.at - b.at)
}
