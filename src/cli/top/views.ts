import { latencyRange } from '../../model/latency-buckets.js'
import { inWords } from '../../operate/in-words.js'
import type { Problem, QueueOverview, WorkerOverview } from '../../operate/looks.js'
import { counted } from '../../util/count-of.js'
import type { JobLook } from './job-looks.js'

export const VIEWS = ['queues', 'jobs', 'workers', 'problems'] as const
export type ViewName = (typeof VIEWS)[number]

/** What is known; null: the store does not keep it; undefined: it was not looked at yet. */
export interface TopLook {
  /** ms since the epoch. */
  readonly at: number
  readonly queues: readonly QueueOverview[]
  readonly jobs: readonly JobLook[] | null | undefined
  readonly workers: readonly WorkerOverview[] | null | undefined
  readonly problems: readonly Problem[] | null | undefined
}

/** One column: what it shows, and by what it sorts (as shown, where nothing else is said). */
interface Column<T> {
  readonly head: string
  readonly text: (row: T) => string
  readonly key?: (row: T) => number
}

/** A view as a table of texts, with the keys by which its rows are sorted. */
export interface ViewTable {
  readonly heads: readonly string[]
  /** Whether a column is a number, and so stands on the right, the largest first. */
  readonly isNumber: readonly boolean[]
  readonly rows: readonly { readonly texts: readonly string[]; readonly keys: readonly (string | number)[] }[]
}

function number<T>(
  head: string,
  value: (row: T) => number | null,
  text: (value: number) => string = counted,
): Column<T> {
  return { head, key: (row) => value(row) ?? -1, text: (row) => textOf(value(row), text) }
}

function textOf(value: number | null, text: (value: number) => string): string {
  return value === null ? '-' : text(value)
}

/** Of a length of time its largest unit: the table fits into 80 columns. */
const largestUnit = (ms: number): string => inWords(ms, 1)

const aSecond = (rate: number): string => `${rate.toFixed(rate < 10 ? 1 : 0)}/s`

/** A number of a queue; of one that cannot be read it is unknown. */
function ofQueue(
  head: string,
  value: (row: QueueOverview) => number | null,
  text?: (value: number) => string,
): Column<QueueOverview> {
  return number(head, (row) => (row.error === undefined ? value(row) : null), text)
}

/** The most telling first: a narrow terminal cuts the others. */
const QUEUES: readonly Column<QueueOverview>[] = [
  { head: 'QUEUE', text: ({ name, paused }) => (paused ? `${name} (paused)` : name) },
  ofQueue('READY', ({ ready }) => ready),
  ofQueue('OLDEST', ({ oldestReady }) => oldestReady, largestUnit),
  ofQueue('IN', ({ rates }) => rates?.queued ?? null, aSecond),
  ofQueue('OUT', ({ rates }) => rates?.ended ?? null, aSecond),
  ofQueue('DELAYED', ({ delayed }) => delayed),
  ofQueue('RUNNING', ({ held }) => held),
  ofQueue('FAILED', ({ failed }) => failed),
  ofQueue('WORKERS', ({ workers }) => workers),
  ofQueue('SLOTS', ({ slots }) => slots),
]
/** Shown while a queue cannot be read. */
const ERROR: Column<QueueOverview> = { head: 'ERROR', text: ({ error }) => error ?? '' }

/** Histograms know the bucket of a percentile: its bound is shown, and nothing finer. */
function percentile(value: number): string {
  const { is, ms } = latencyRange(value)
  return `${is === 'over' ? '>' : '<='}${inWords(ms)}`
}

const JOBS: readonly Column<JobLook>[] = [
  { head: 'JOB', text: ({ job }) => job },
  { head: 'QUEUE', text: ({ queue }) => queue },
  number('RUNNING', ({ running }) => running),
  number('RATE', ({ rate }) => rate, aSecond),
  number('P50', ({ p50 }) => p50, percentile),
  number('P95', ({ p95 }) => p95, percentile),
  number('FAILURES', ({ failures }) => failures),
]

const WORKERS: readonly Column<WorkerOverview>[] = [
  { head: 'WORKER', text: ({ name }) => name },
  { head: 'STATE', text: ({ state }) => state },
  number('RUNNING', ({ held }) => held),
  number('SLOTS', ({ queues }) => Math.max(0, ...queues.map(({ slots }) => slots))),
  number(
    'MEMORY',
    ({ status }) => status?.memory ?? null,
    (bytes) => `${String(Math.round(bytes / 1e6))} MB`,
  ),
  number('LOOP', ({ status }) => status?.eventLoopDelay ?? null, inWords),
  { head: 'QUEUES', text: ({ queues }) => queues.map(({ queue }) => queue).join(', ') },
]

function problemColumns(now: number): readonly Column<Problem>[] {
  return [
    { head: 'PROBLEM', text: ({ id, regressed }) => (regressed ? `${id} (again)` : id) },
    { head: 'JOB', text: ({ job }) => job },
    number('COUNT', ({ count }) => count),
    number('LAST', ({ last }) => Math.max(0, now - last), inWords),
    { head: 'STATE', text: ({ state }) => state },
    { head: 'ERROR', text: ({ error, message }) => `${error}: ${message}` },
  ]
}

/** The table of queues, with their errors where one cannot be read. */
export function queueTable(queues: readonly QueueOverview[]): ViewTable {
  return tableOf(queues.some(({ error }) => error !== undefined) ? [...QUEUES, ERROR] : QUEUES, queues)
}

/** The table of a view; null: the store does not keep it; undefined: it was not looked at yet. */
export function viewTable(
  view: ViewName,
  { at, queues, jobs, workers, problems }: TopLook,
): ViewTable | null | undefined {
  if (view === 'queues') return queueTable(queues)
  if (view === 'jobs') return jobs && tableOf(JOBS, jobs)
  if (view === 'workers') return workers && tableOf(WORKERS, workers)
  return problems && tableOf(problemColumns(at), problems)
}

function tableOf<T>(columns: readonly Column<T>[], rows: readonly T[]): ViewTable {
  return {
    heads: columns.map(({ head }) => head),
    isNumber: columns.map(({ key }) => key !== undefined),
    rows: rows.map((row) => ({
      texts: columns.map(({ text }) => text(row)),
      keys: columns.map(({ text, key }) => (key ?? text)(row)),
    })),
  }
}
