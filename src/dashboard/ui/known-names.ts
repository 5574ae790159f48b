import { signal } from '@preact/signals'
import { PATH_KEYS } from '../../operate/filter/terms.js'
import type { TaskSummary } from '../../operate/looks.js'
import type { JobOverview, TaskAnswer } from '../answers.js'
import { get, may } from './api.js'
import type { KnownNames, KnownPath } from './complete-filter.js'
import { queues, workers } from './live.js'
import { pathsOf } from './paths-of.js'

/** What the page has learned for the completion of filters. */
const jobs = signal<readonly Pick<JobOverview, 'name' | 'parameters'>[]>([])
const paths = signal<readonly KnownPath[]>([])
/** Ids of tasks whose payloads it has looked into. */
const seen = new Set<string>()
let isAsking = false

/** Names for the filter: those that the page has, and those of the listed tasks. */
export function knownNames(tasks: readonly TaskSummary[]): KnownNames {
  const parameters = jobs.value.flatMap(({ name: job, parameters: all }) =>
    // Shown are a question mark and its type, too.
    (all ?? []).map((shown) => ({ job, path: `args.${shown.replace(/\??(:.*)?$/s, '')}` })),
  )
  return {
    queues: sorted([...(queues.value ?? []).map(({ name }) => name), ...tasks.map(({ queue }) => queue)]),
    jobs: sorted([...jobs.value.map(({ name }) => name), ...tasks.map(({ job }) => job)]),
    tags: sorted(tasks.flatMap(({ tags }) => tags)),
    workers: sorted([
      ...(workers.value ?? []).map(({ name }) => name),
      ...tasks.flatMap(({ worker }) => (worker === null ? [] : [worker])),
    ]),
    paths: may('payloads') ? [...paths.value, ...parameters].sort((a, b) => (a.path < b.path ? -1 : 1)) : null,
  }
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}

/** Asks for the names of the jobs, once. */
export function askForJobs(): void {
  if (isAsking) return
  isAsking = true
  get<{ readonly rows: readonly JobOverview[] }>('jobs').then(
    ({ rows }) => (jobs.value = rows),
    // What the tasks say serves without it.
    () => (isAsking = false),
  )
}

/** Asks for the payloads of a listed task, once: lists have none. */
export function askForPaths(task: TaskSummary | undefined): void {
  if (task === undefined || seen.has(task.id) || !may('payloads')) return
  get<TaskAnswer>(`tasks/${encodeURIComponent(task.id)}`).then(learnPaths, () => undefined)
  seen.add(task.id)
}

/** Learns which paths a task has that is shown. */
export function learnPaths({ task, payloads }: TaskAnswer): void {
  seen.add(task.id)
  const { job } = task
  const known = new Set(paths.value.flatMap((each) => (each.job === job ? [each.path] : [])))
  const found = PATH_KEYS.flatMap((head) => pathsOf(head, parsed(payloads[head]))).filter((path) => !known.has(path))
  if (found.length > 0) paths.value = [...paths.value, ...found.map((path) => ({ path, job }))]
}

/** Long payloads come cut. */
function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
