import type { Control } from '../../operate/control.js'
import { isPulsarError } from '../../errors.js'
import type { JobFigures, QueueOverview, TaskPage } from '../../operate/looks.js'
import { keptOrNull } from '../../operate/kept-or-null.js'

/** A job of a queue, as `pq top` shows it. */
export interface JobLook {
  readonly job: string
  readonly queue: string
  /** Tasks that run, of the 500 that are listed a queue. */
  readonly running: number
  /** Ends a second, percentiles of a run in ms, and failures, of the last five minutes; null: none ended, or the store keeps no series. */
  readonly rate: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly failures: number | null
}

const NO_TASKS: Pick<TaskPage, 'tasks'> = { tasks: [] }

/** The jobs that run now, and those of which runs have ended within five minutes. */
export async function jobLooks(control: Control, queues: readonly QueueOverview[]): Promise<JobLook[]> {
  const busy = queues.filter(({ held }) => held > 0)
  const [figures, ...pages] = await Promise.all([
    keptOrNull(control.jobs({ over: '5m' })),
    // One that cannot be listed hides no other.
    ...busy.map(
      async ({ name }) =>
        await control.list({ queue: name, state: 'held' }, { limit: 500 }).catch((error: unknown) => {
          if (isPulsarError(error, 'PQ_KEY_TYPE')) return NO_TASKS
          throw error
        }),
    ),
  ])
  const looks = new Map<string, JobLook>()
  for (const each of figures ?? []) looks.set(keyOf(each), { ...figuresOf(each), running: 0 })
  for (const { job, queue } of pages.flatMap(({ tasks }) => tasks)) {
    const key = keyOf({ job, queue })
    const look = looks.get(key) ?? { job, queue, running: 0, rate: null, p50: null, p95: null, failures: null }
    looks.set(key, { ...look, running: look.running + 1 })
  }
  return [...looks.values()]
}

function keyOf({ job, queue }: Pick<JobFigures, 'job' | 'queue'>): string {
  return JSON.stringify([queue, job])
}

function figuresOf({ job, queue, rate, run, failed }: JobFigures): Omit<JobLook, 'running'> {
  return { job, queue, rate, p50: run?.p50 ?? null, p95: run?.p95 ?? null, failures: failed }
}
