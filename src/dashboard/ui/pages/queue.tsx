import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import type { QueueOverview, TaskPlace } from '../../../operate/looks.js'
import { useActError } from '../act-error.js'
import type { RequestError } from '../api.js'
import { get, keepsSeries, may, post } from '../api.js'
import { drainReason, drainText } from '../drain.js'
import { count, duration, rate } from '../format.js'
import { queues } from '../live.js'
import { useLoaded } from '../load.js'
import { hrefOf, replaceQuery, route } from '../route.js'
import { useSearch } from '../search.js'
import { spanFilter, zoomOf } from '../zoom.js'
import { JobsOf } from './jobs.js'
import { Ago, Figure, Heading, Length, Nothing, Trouble } from '../parts/basics.js'
import { FoundTasks } from '../parts/found-tasks.js'
import { ReasonDialog } from '../parts/reason-dialog.js'
import { QueueTasks } from '../parts/queue-tasks.js'
import { SeriesCharts } from '../parts/series-charts.js'

const TABS: readonly (readonly [TaskPlace | 'recent', string, (queue: QueueOverview) => number | null])[] = [
  ['ready', 'Ready', ({ ready }) => ready],
  ['delayed', 'Delayed', ({ delayed }) => delayed],
  ['held', 'Running', ({ held }) => held],
  ['failed', 'Failed', ({ failed }) => failed],
  ['recent', 'Recent', () => null],
]

/** One queue: its counts, its lists, and what can be done with it. */
export function QueuePage({ name }: { readonly name: string }): JSX.Element {
  const error = useActError()
  const isPausing = useSignal(false)
  const queue = queues.value?.find((one) => one.name === name)
  const state = (route.value.query.get('state') ?? 'ready') as TaskPlace | 'recent'
  const zoom = zoomOf(route.value.query)
  if (!queue) {
    return (
      <>
        <Heading title={name} />
        <Nothing>
          {queues.value === null
            ? 'Loading …'
            : 'No such queue is known: it was never used, or it was forgotten after a week without tasks and workers.'}
        </Nothing>
      </>
    )
  }
  if (queue.error !== undefined) {
    return (
      <>
        <Heading title={name} />
        <div class="trouble" role="alert">
          <strong>This queue cannot be read.</strong> {queue.error}
        </div>
      </>
    )
  }
  const change = (what: 'pause' | 'resume', reason = ''): void => {
    post(`queues/${encodeURIComponent(name)}/${what}`, { reason }).then(
      () => {
        error.value = null
        // The server looks at the queues every two seconds: nobody shall ask twice.
        queues.value =
          queues.value?.map((one) => (one.name === name ? { ...one, paused: what === 'pause' } : one)) ?? null
      },
      (thrown: unknown) => (error.value = thrown as RequestError),
    )
  }
  return (
    <>
      <Heading
        title={
          <>
            {name} {queue.paused && <span class="badge">paused</span>}
          </>
        }
      >
        {may('queue') && (
          <button
            type="button"
            onClick={() => {
              if (queue.paused) change('resume')
              else isPausing.value = true
            }}
          >
            {queue.paused ? 'Resume' : 'Pause'}
          </button>
        )}
      </Heading>
      <Trouble error={error.value} />
      {isPausing.value && (
        <ReasonDialog
          act="Pause"
          of={name}
          onSend={(reason) => change('pause', reason)}
          onClose={() => (isPausing.value = false)}
        >
          Workers get none of its tasks until it is resumed. Tasks that run go on.
        </ReasonDialog>
      )}
      {queue.paused && <Pause of={name} />}
      <Facts queue={queue} />
      {keepsSeries() && <SeriesCharts of={name} queue={name} charts={['throughput', 'waiting', 'wait', 'run']} />}
      {keepsSeries() && <JobsOf queue={name} />}
      <div role="tablist" aria-label="Tasks by state" class="tabs">
        {TABS.filter(([place]) => place !== 'recent' || keepsSeries()).map(([place, label, of]) => (
          <button
            key={place}
            id={`tab-${place}`}
            type="button"
            role="tab"
            aria-selected={state === place}
            aria-controls="tasks"
            onClick={() => replaceQuery({ state: place, cursor: null })}
          >
            {label} {of(queue) !== null && <span class="badge">{count(of(queue) ?? 0)}</span>}
          </button>
        ))}
      </div>
      <div id="tasks" role="tabpanel" aria-labelledby={`tab-${state}`}>
        {zoom === null ? (
          <QueueTasks key={state} queue={name} state={state} />
        ) : (
          <OfSpan
            filter={`${spanFilter(zoom, { queue: name })} state:${state === 'recent' ? 'done,failed' : state}`}
            place={state === 'recent' ? null : state}
          />
        )}
      </div>
    </>
  )
}

/** Who has paused the queue, when and why. */
function Pause({ of }: { readonly of: string }): JSX.Element | null {
  const { value } = useLoaded<QueueOverview>(
    async (signal) => await get(`queues/${encodeURIComponent(of)}`, {}, signal),
    [of],
  )
  const pausedBy = value?.pausedBy
  if (pausedBy === undefined) return null
  return (
    <p class="health health-warning">
      {pausedBy === null ? (
        'Paused. The audit log does not say by whom.'
      ) : (
        <>
          Paused <Ago at={pausedBy.at} /> by {pausedBy.by}
          {(pausedBy.reason ?? '') === '' ? ', without a reason.' : `: ${pausedBy.reason ?? ''}`}
        </>
      )}
    </p>
  )
}

function Facts({ queue }: { readonly queue: QueueOverview }): JSX.Element {
  const { oldestReady, nextDueIn, workers, slots, free, suspects, rates, stats, byPriority } = queue
  return (
    <>
      <dl class="figures">
        <Figure name="Oldest ready">
          <Length ms={oldestReady} />
        </Figure>
        <Figure name="Next due">{nextDueIn === null ? '–' : `in ${duration(nextDueIn)}`}</Figure>
        <Figure name="Workers" href={hrefOf(['workers'], { queue: queue.name })}>
          {count(workers)}
        </Figure>
        <Figure name="Free slots">{free === null ? '–' : `${count(free)} of ${count(slots)}`}</Figure>
        {rates && <Figure name="In, out">{`${rate(rates.queued)}, ${rate(rates.ended)}`}</Figure>}
        <Figure name="Time to drain">
          <span title={drainReason(queue)}>{drainText(queue)}</span>
        </Figure>
        <Figure name="Succeeded">{count(stats.succeeded)}</Figure>
        <Figure name="Failed, ever">{count(stats.failed)}</Figure>
        {suspects > 0 && <Figure name="Suspects">{count(suspects)}</Figure>}
      </dl>
      {byPriority.length > 1 && (
        <p class="dim">
          By priority:{' '}
          {byPriority
            .map(
              ({ priority, ready, oldest }) =>
                `${String(priority)}: ${count(ready)}${oldest === null ? '' : `, oldest ${duration(oldest)}`}`,
            )
            .join(' · ')}
        </p>
      )}
    </>
  )
}

/** The tasks of the span to which the charts are zoomed. */
function OfSpan({ filter, place }: { readonly filter: string; readonly place: TaskPlace | null }): JSX.Element {
  const turn = useSignal(0)
  const found = useSearch(filter, turn.value)
  const again = (): void => {
    turn.value += 1
  }
  return (
    <>
      <p>
        Tasks of the time that the charts show: <code>{filter}</code>{' '}
        <button type="button" onClick={again}>
          Look again
        </button>
      </p>
      <FoundTasks filter={filter} turn={turn.value} found={found} place={place} onDone={again} />
    </>
  )
}
