import type { JSX } from 'preact'
import type { Problem, QueueOverview } from '../../../operate/looks.js'
import { get, keepsSeries } from '../api.js'
import { DRAIN_TITLE, drainReason, drainText, timeToDrain } from '../drain.js'
import { count, duration, percent, rate } from '../format.js'
import { beat, health, queues, workers } from '../live.js'
import { useLoaded } from '../load.js'
import { hrefOf } from '../route.js'
import { Figure, Heading, Length, Nothing, QueueLink, State } from '../parts/basics.js'
import { SeriesCharts } from '../parts/series-charts.js'
import type { Column } from '../parts/table.js'
import { Table } from '../parts/table.js'

/** Updates of the page between two looks at the problems. */
const BEATS = 15

/** All queues at a glance. */
export function Overview(): JSX.Element {
  const shown = queues.value
  return (
    <>
      <Heading title="Overview" />
      {health.value && (
        <p class={`health health-${health.value.state}`} role="status">
          <State of={health.value.state}>{health.value.says}</State>{' '}
          {health.value.href !== null && <a href={health.value.href}>Show</a>}
        </p>
      )}
      {shown === null ? <Nothing>Loading …</Nothing> : <Totals queues={shown} />}
      {shown?.length === 0 && (
        <Nothing>
          No queue is known yet. A queue appears with its first task: <code>pq queue &lt;job&gt;</code>.
        </Nothing>
      )}
      {shown !== null && shown.length > 0 && (
        <Table caption="Queues" columns={COLUMNS} rows={shown} keyOf={({ name }) => name} sortedBy="Ready" />
      )}
      {shown !== null && shown.length > 0 && keepsSeries() && (
        <SeriesCharts of="all queues" charts={['throughput', 'failures', 'wait']} />
      )}
    </>
  )
}

function Totals({ queues: of }: { readonly queues: readonly QueueOverview[] }): JSX.Element {
  const sum = (value: (queue: QueueOverview) => number): number => of.reduce((total, queue) => total + value(queue), 0)
  const oldest = Math.max(-1, ...of.map(({ oldestReady }) => oldestReady ?? -1))
  const alive = workers.value?.filter(({ state }) => state !== 'lost').length ?? null
  return (
    <dl class="figures">
      <Figure name="Ready" href={hrefOf(['tasks'], { q: 'state:ready' })}>
        {count(sum(({ ready }) => ready))}
      </Figure>
      <Figure name="Running" href={hrefOf(['tasks'], { q: 'state:held' })}>
        {count(sum(({ held }) => held))}
      </Figure>
      <Figure name="Delayed" href={hrefOf(['tasks'], { q: 'state:delayed' })}>
        {count(sum(({ delayed }) => delayed))}
      </Figure>
      <Figure name="Failed" href={hrefOf(['tasks'], { q: 'state:failed' })}>
        {count(sum(({ failed }) => failed))}
      </Figure>
      <Figure name="Oldest ready">{oldest < 0 ? '–' : duration(oldest)}</Figure>
      {alive !== null && (
        <Figure name="Workers" href={hrefOf(['workers'])}>
          {count(alive)}
        </Figure>
      )}
      {keepsSeries() && <OpenProblems />}
    </dl>
  )
}

function OpenProblems(): JSX.Element {
  const { value } = useLoaded<{ readonly rows: readonly Problem[] }>(
    async (signal) => await get('problems', {}, signal),
    ['', Math.floor(beat.value / BEATS)],
  )
  return (
    <Figure name="Open problems" href={hrefOf(['problems'])}>
      {value === null ? '–' : count(value.rows.filter(({ state }) => state === 'open').length)}
    </Figure>
  )
}

const rateColumn = (name: string, of: 'queued' | 'ended' | 'failed'): Column<QueueOverview> => ({
  name,
  by: ({ rates }) => rates?.[of] ?? -1,
  cell: ({ rates }) => (rates === null ? '–' : rate(rates[of])),
  isNumber: true,
})

/** Of a queue that cannot be read nothing is known. */
const counted = (name: string, of: (queue: QueueOverview) => number): Column<QueueOverview> => ({
  name,
  by: (queue) => (queue.error === undefined ? of(queue) : -1),
  cell: (queue) => (queue.error === undefined ? count(of(queue)) : '–'),
  isNumber: true,
})

const COLUMNS: readonly Column<QueueOverview>[] = [
  {
    name: 'Queue',
    by: ({ name }) => name,
    cell: ({ name, paused, error }) => (
      <>
        <QueueLink name={name} /> {paused && <span class="badge">paused</span>}
        {error !== undefined && (
          <State of="fault">
            <span class="error-text">{error}</span>
          </State>
        )}
      </>
    ),
  },
  counted('Ready', ({ ready }) => ready),
  counted('Running', ({ held }) => held),
  counted('Delayed', ({ delayed }) => delayed),
  {
    name: 'Oldest ready',
    by: ({ oldestReady }) => oldestReady ?? -1,
    cell: ({ oldestReady }) => <Length ms={oldestReady} />,
    isNumber: true,
  },
  rateColumn('In', 'queued'),
  rateColumn('Out', 'ended'),
  {
    name: 'Failing',
    title: 'Of what has ended in the last minute',
    by: ({ rates }) => (rates === null || rates.ended === 0 ? -1 : rates.failed / rates.ended),
    cell: ({ rates }) => (rates === null || rates.ended === 0 ? '–' : percent(rates.failed / rates.ended)),
    isNumber: true,
  },
  {
    name: 'Time to drain',
    title: DRAIN_TITLE,
    by: (queue) => timeToDrain(queue) ?? -1,
    cell: (queue) => <span title={drainReason(queue)}>{drainText(queue)}</span>,
    isNumber: true,
  },
  {
    name: 'Failed',
    by: ({ failed }) => failed,
    cell: ({ name, failed, error }) =>
      error !== undefined ? (
        '–'
      ) : failed === 0 ? (
        '0'
      ) : (
        <a href={hrefOf(['queues', name], { state: 'failed' })}>{count(failed)}</a>
      ),
    isNumber: true,
  },
  counted('Workers', ({ workers: of }) => of),
  {
    name: 'Slots',
    by: ({ slots }) => slots,
    cell: ({ slots, free, error }) =>
      error !== undefined || free === null ? '–' : `${count(free)} free of ${count(slots)}`,
    isNumber: true,
  },
]
