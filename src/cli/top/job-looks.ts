import type { Control } from '../../operate/control.js'
import type { QueueOverview } from '../../operate/looks.js'

/** A job of a queue, as `pq top` shows it. */
export interface JobLook {
  readonly job: string
  readonly queue: string
  /** Tasks that run, of the 500 that are listed a queue. */
  readonly running: number
  /** Ends a second, percentiles of a run in ms, and failures, of the last five minutes; null: the store keeps no series. */
  readonly rate: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly failures: number | null
}

/** The jobs that run now. */
export async function jobLooks(control: Control, queues: readonly QueueOverview[]): Promise<JobLook[]> {
  const busy = queues.filter(({ held }) => held > 0)
  const pages = await Promise.all(
    busy.map(async ({ name }) => await control.list({ queue: name, state: 'held' }, { limit: 500 })),
  )
  const counts = new Map<string, JobLook>()
  for (const { job, queue } of pages.flatMap(({ tasks }) => tasks)) {
    const key = JSON.stringify([job, queue])
    const running = (counts.get(key)?.running ?? 0) + 1
    counts.set(key, { job, queue, running, rate: null, p50: null, p95: null, failures: null })
  }
  return [...counts.values()]
}
