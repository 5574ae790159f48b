import type { Case } from './case.js'

/**
 * Starts for which the history has no cause, where the counters of the store may have been forgotten: the run before has not failed, its
 * worker has not died, and it was neither aborted nor still running, when its outcome is refused.
 */
export function* untoldStarts({ events, tasks }: Case): Iterable<string> {
  const deaths = events.flatMap((event) => (event.e === 'died' ? [event] : []))
  for (const { id, runs } of tasks.values()) {
    const byFence = [...new Map(runs.map((run) => [run.fence, run])).values()].toSorted((a, b) => a.fence - b.fence)
    for (const [i, run] of byFence.entries()) {
      const next = byFence[i + 1]
      if (next === undefined) continue
      const isTold = run.how === 'failed' || run.how === 'aborted'
      const isDead = deaths.some(({ pid, at }) => pid === run.pid && at >= run.startedAt && at <= next.startedAt)
      const isRefused = run.endedAt !== null && run.endedAt > next.startedAt
      if (!isTold && !isDead && !isRefused)
        yield `${id} was started under fence ${String(next.fence)}, and its run under fence ${String(run.fence)} was not told that it had lost its lease`
    }
  }
}
