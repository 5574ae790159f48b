import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { exactTerm } from '../../../operate/filter/quote-value.js'
import type { JobFigures, TaskPage, TaskSummary } from '../../../operate/looks.js'
import type { JobOverview } from '../../answers.js'
import { get, keepsSeries, may } from '../api.js'
import { count, latency, LATENCY_TITLE, percent, rate } from '../format.js'
import type { Loaded } from '../load.js'
import { useLoaded } from '../load.js'
import { beat } from '../live.js'
import { hrefOf } from '../route.js'
import { Ago, Heading, Length, Nothing, QueueLink, TaskLink, Trouble } from '../parts/basics.js'
import { QueueDialog } from '../parts/queue-dialog.js'
import { SeriesCharts } from '../parts/series-charts.js'
import type { Column } from '../parts/table.js'
import { Table } from '../parts/table.js'

/** Updates of the page between two looks at the jobs. */
const BEATS = 5

function useJobs(): Loaded<{ readonly rows: readonly JobOverview[] }> {
  return useLoaded<{ readonly rows: readonly JobOverview[] }>(
    async (signal) => await get('jobs', {}, signal),
    ['', Math.floor(beat.value / BEATS)],
  )
}

/** The jobs that this process or a worker knows, or that have run. */
export function JobsPage(): JSX.Element {
  const { value, error, reload } = useJobs()
  return (
    <>
      <Heading title="Jobs" />
      <Trouble error={error} retry={reload} />
      {value === null ? (
        error === null && <Nothing>Loading …</Nothing>
      ) : value.rows.length === 0 ? (
        <Nothing>Neither this process nor a worker has named a job.</Nothing>
      ) : (
        <Table caption="Jobs" columns={COLUMNS} rows={value.rows} keyOf={({ name }) => name} />
      )}
    </>
  )
}

/** One job: its figures in each queue, and its charts. */
export function JobPage({ name }: { readonly name: string }): JSX.Element {
  const { value, error, reload } = useJobs()
  const isQueueing = useSignal(false)
  const job = value?.rows.find((each) => each.name === name)
  return (
    <>
      <Heading title={name}>
        {may('queue') && job !== undefined && (
          <button type="button" onClick={() => (isQueueing.value = true)}>
            Queue one …
          </button>
        )}
        <a href={hrefOf(['tasks'], { q: exactTerm('job', name) })}>Its tasks</a>
      </Heading>
      {isQueueing.value && <QueueDialog job={name} onClose={() => (isQueueing.value = false)} />}
      <Trouble error={error} retry={reload} />
      {value === null && error === null && <Nothing>Loading …</Nothing>}
      {value !== null && job === undefined && <Nothing>No such job is known.</Nothing>}
      {(job?.doc ?? '') !== '' && <p>{job?.doc}</p>}
      {job?.parameters && (
        <p class="dim">
          {job.name}({job.parameters.join(', ')}){job.concurrency !== null && ` runs as ${job.concurrency}`}
        </p>
      )}
      {job !== undefined && job.figures.length > 0 && (
        <Table caption="The last hour, by queue" columns={FIGURES} rows={job.figures} keyOf={({ queue }) => queue} />
      )}
      {job !== undefined && keepsSeries() && (
        <>
          <SeriesCharts of={name} job={name} charts={['throughput', 'run', 'wait']} />
          <Slowest of={job} />
        </>
      )}
    </>
  )
}

/** The jobs that have run in a queue. */
export function JobsOf({ queue }: { readonly queue: string }): JSX.Element | null {
  const rows = useJobs().value?.rows.flatMap(({ figures }) => figures.filter((each) => each.queue === queue)) ?? []
  return rows.length === 0 ? null : (
    <>
      <h2>Jobs, in the last hour</h2>
      <Table caption="Its jobs" columns={OF_QUEUE} rows={rows} keyOf={({ job }) => job} />
    </>
  )
}

/** Those that took longest among the tasks of a job that have ended lately. */
function Slowest({ of: { name, figures } }: { readonly of: JobOverview }): JSX.Element | null {
  const { value } = useLoaded<TaskSummary[]>(
    async (signal) => {
      const pages = await Promise.all(
        figures.map(
          async ({ queue }) => await get<TaskPage>('tasks', { queue, state: 'recent', limit: '100' }, signal),
        ),
      )
      return pages
        .flatMap(({ tasks }) => tasks.filter(({ job }) => job === name))
        .sort((a, b) => tookOf(b) - tookOf(a))
        .slice(0, 5)
    },
    [name, Math.floor(beat.value / (3 * BEATS))],
  )
  return (value?.length ?? 0) === 0 ? null : (
    <>
      <h2>Slowest of those that ended last</h2>
      <Table caption="Slowest tasks" columns={SLOWEST} rows={value ?? []} keyOf={({ id }) => id} />
    </>
  )
}

function tookOf({ startedAt, endedAt }: TaskSummary): number {
  return startedAt === null || endedAt === null ? -1 : endedAt - startedAt
}

const sum = ({ figures }: JobOverview, of: (figure: JobFigures) => number): number =>
  figures.reduce((total, figure) => total + of(figure), 0)
const most = ({ figures }: JobOverview, of: (figure: JobFigures) => number | undefined): number | null =>
  figures.reduce<number | null>((found, figure) => {
    const value = of(figure)
    return value === undefined ? found : Math.max(found ?? 0, value)
  }, null)
const length = (ms: number | null | undefined): string => (ms === null || ms === undefined ? '–' : latency(ms))

function failing({ failed, succeeded }: { readonly failed: number; readonly succeeded: number }): string {
  const all = failed + succeeded
  return all === 0 ? '–' : percent(failed / all)
}

function partOf(job: JobOverview): { readonly failed: number; readonly succeeded: number } {
  return { failed: sum(job, ({ failed }) => failed), succeeded: sum(job, ({ succeeded }) => succeeded) }
}

const COLUMNS: readonly Column<JobOverview>[] = [
  {
    name: 'Job',
    by: ({ name }) => name,
    cell: ({ name }) => <a href={hrefOf(['jobs', name])}>{name}</a>,
  },
  {
    name: 'Rate',
    by: (job) => sum(job, (figure) => figure.rate),
    cell: (job) => (job.figures.length === 0 ? '–' : rate(sum(job, (figure) => figure.rate))),
    isNumber: true,
  },
  {
    name: 'Failing',
    by: (job) => partOf(job).failed / Math.max(1, partOf(job).failed + partOf(job).succeeded),
    cell: (job) => failing(partOf(job)),
    isNumber: true,
  },
  {
    name: 'Run, 95 %',
    title: LATENCY_TITLE,
    by: (job) => most(job, ({ run }) => run?.p95) ?? -1,
    cell: (job) => length(most(job, ({ run }) => run?.p95)),
    isNumber: true,
  },
  {
    name: 'Wait, 95 %',
    title: LATENCY_TITLE,
    by: (job) => most(job, ({ wait }) => wait?.p95) ?? -1,
    cell: (job) => length(most(job, ({ wait }) => wait?.p95)),
    isNumber: true,
  },
  { name: 'Runs as', cell: ({ concurrency }) => concurrency ?? '–' },
  { name: 'Arguments', cell: ({ parameters }) => (parameters === null ? '–' : parameters.join(', ')) },
  { name: 'What it does', cell: ({ doc }) => doc ?? '' },
  { name: 'Workers', by: ({ workers }) => workers, cell: ({ workers }) => count(workers), isNumber: true },
]

const PARTS: readonly Column<JobFigures>[] = [
  { name: 'Rate', by: (figure) => figure.rate, cell: (figure) => rate(figure.rate), isNumber: true },
  { name: 'Succeeded', by: ({ succeeded }) => succeeded, cell: ({ succeeded }) => count(succeeded), isNumber: true },
  { name: 'Failed', by: ({ failed }) => failed, cell: ({ failed }) => count(failed), isNumber: true },
  { name: 'Failing', by: (figure) => figure.failing ?? -1, cell: failing, isNumber: true },
  { name: 'Retried', by: ({ retried }) => retried, cell: ({ retried }) => count(retried), isNumber: true },
  ...(['run', 'wait'] as const).flatMap((of) =>
    (['p50', 'p95', 'p99'] as const).map((part): Column<JobFigures> => ({
      name: `${of === 'run' ? 'Run' : 'Wait'}, ${part.slice(1)} %`,
      title: LATENCY_TITLE,
      by: (figure) => figure[of]?.[part] ?? -1,
      cell: (figure) => length(figure[of]?.[part]),
      isNumber: true,
    })),
  ),
  {
    name: 'Last success',
    by: ({ lastSuccess }) => lastSuccess ?? 0,
    cell: ({ lastSuccess }) => <Ago at={lastSuccess} />,
  },
]

const FIGURES: readonly Column<JobFigures>[] = [
  { name: 'Queue', by: ({ queue }) => queue, cell: ({ queue }) => <QueueLink name={queue} /> },
  ...PARTS,
]

const OF_QUEUE: readonly Column<JobFigures>[] = [
  { name: 'Job', by: ({ job }) => job, cell: ({ job }) => <a href={hrefOf(['jobs', job])}>{job}</a> },
  ...PARTS,
]

const SLOWEST: readonly Column<TaskSummary>[] = [
  { name: 'Task', cell: ({ id }) => <TaskLink id={id} /> },
  { name: 'Queue', cell: ({ queue }) => <QueueLink name={queue} /> },
  { name: 'Took', by: tookOf, cell: (task) => <Length ms={tookOf(task)} />, isNumber: true },
  { name: 'Ended', cell: ({ endedAt }) => <Ago at={endedAt} /> },
]
