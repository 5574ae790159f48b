import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import type { ActName } from '../../../operate/acts.js'
import { exactTerm } from '../../../operate/filter/quote-value.js'
import type { QueueOverview, TaskPage, TaskPlace } from '../../../operate/looks.js'
import { asked } from '../acts.js'
import type { RequestError } from '../api.js'
import { get, keepsSeries, may, post } from '../api.js'
import { count, duration, rate } from '../format.js'
import { beat, queues } from '../live.js'
import { useLoaded } from '../load.js'
import { hrefOf, replaceQuery, route } from '../route.js'
import { Figure, Heading, Length, Nothing, Trouble } from '../parts/basics.js'
import { PauseDialog } from '../parts/pause-dialog.js'
import { SeriesCharts } from '../parts/series-charts.js'
import { TaskTable } from '../parts/task-table.js'

const TABS: readonly (readonly [TaskPlace | 'recent', string, (queue: QueueOverview) => number | null])[] = [
  ['ready', 'Ready', ({ ready }) => ready],
  ['delayed', 'Delayed', ({ delayed }) => delayed],
  ['held', 'Running', ({ held }) => held],
  ['failed', 'Failed', ({ failed }) => failed],
  ['recent', 'Recent', () => null],
]

/** One queue: its counts, its lists, and what can be done with it. */
export function QueuePage({ name }: { readonly name: string }): JSX.Element {
  const error = useSignal<RequestError | null>(null)
  const isPausing = useSignal(false)
  const queue = queues.value?.find((one) => one.name === name)
  const state = (route.value.query.get('state') ?? 'ready') as TaskPlace | 'recent'
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
      () => (error.value = null),
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
        <PauseDialog of={name} onPause={(reason) => change('pause', reason)} onClose={() => (isPausing.value = false)}>
          Workers get none of its tasks until it is resumed. Tasks that run go on.
        </PauseDialog>
      )}
      <Facts queue={queue} />
      {keepsSeries() && <SeriesCharts of={name} queue={name} charts={['throughput', 'waiting', 'wait', 'run']} />}
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
        <Listed queue={name} state={state} />
      </div>
    </>
  )
}

function Facts({ queue }: { readonly queue: QueueOverview }): JSX.Element {
  const { oldestReady, nextDueIn, workers, slots, held, suspects, rates, stats, byPriority } = queue
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
        <Figure name="Free slots">{`${count(Math.max(0, slots - held))} of ${count(slots)}`}</Figure>
        {rates && <Figure name="In, out">{`${rate(rates.queued)}, ${rate(rates.ended)}`}</Figure>}
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

function Listed({ queue, state }: { readonly queue: string; readonly state: TaskPlace | 'recent' }): JSX.Element {
  const cursor = route.value.query.get('cursor') ?? ''
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const { value, error, reload } = useLoaded<TaskPage>(
    async (signal) => await get('tasks', { queue, state, limit: '50', ...(cursor !== '' && { cursor }) }, signal),
    [`${queue} ${state} ${cursor}`, cursor === '' ? beat.value : 0],
  )
  if (value === null) return error ? <Trouble error={error} retry={reload} /> : <Nothing>Loading …</Nothing>
  const which = chosen.value.size > 0 ? exactTerm('id', ...chosen.value) : `state:${state}`
  const filter = `${exactTerm('queue', queue)} ${which}`
  const canAct = state !== 'recent' && may('act')
  return (
    <>
      <Trouble error={error} retry={reload} />
      {state !== 'recent' && (
        <Acts
          state={state}
          filter={filter}
          onDone={() => {
            chosen.value = new Set()
            reload()
          }}
          chosen={chosen.value.size}
        />
      )}
      {value.isSampled === true && <p class="dim">More tasks have ended than are listed here.</p>}
      {value.tasks.length === 0 ? (
        <Nothing>{EMPTY[state] ?? `No task is ${state}.`}</Nothing>
      ) : (
        <TaskTable
          caption={`Tasks of ${queue}: ${state}`}
          tasks={value.tasks}
          withQueue={false}
          {...(canAct && { chosen: chosen.value, onChoose: (ids) => (chosen.value = ids) })}
        />
      )}
      <p class="pager">
        {cursor !== '' && (
          <button type="button" onClick={() => replaceQuery({ cursor: null })}>
            First page
          </button>
        )}
        {value.cursor !== null && (
          <button type="button" onClick={() => replaceQuery({ cursor: value.cursor })}>
            Next page
          </button>
        )}{' '}
        <span class="dim">{count(value.total)} in all</span>
      </p>
    </>
  )
}

const EMPTY: Readonly<Record<string, string>> = {
  held: 'No task is running.',
  recent: 'No worker has told of an ended task of late. They tell every ten seconds.',
}

/** What can be done with the chosen tasks, or with all that match. */
export function Acts({
  state,
  filter,
  chosen,
  onDone,
}: {
  readonly state: TaskPlace | null
  readonly filter: string
  readonly chosen: number
  readonly onDone: () => void
}): JSX.Element | null {
  if (!may('act')) return null
  const acts = ACTS.filter(([, states]) => state === null || states.includes(state))
  return (
    <div class="acts">
      <span class="dim">{chosen > 0 ? `${count(chosen)} chosen:` : 'All that match:'}</span>
      {acts.map(([act, , label]) => (
        <button
          key={act}
          type="button"
          disabled={act === 'drop' && !may('destroy')}
          onClick={() => (asked.value = { act, filter, onDone })}
        >
          {label} …
        </button>
      ))}
    </div>
  )
}

const ACTS: readonly (readonly [act: ActName, states: readonly TaskPlace[], label: string])[] = [
  ['retry', ['failed'], 'Retry'],
  ['run-now', ['delayed'], 'Run now'],
  ['revoke', ['ready', 'delayed', 'held'], 'Revoke'],
  ['move', ['ready', 'delayed'], 'Move'],
  ['prioritize', ['ready', 'delayed'], 'Prioritize'],
  ['drop', ['ready', 'delayed', 'failed', 'done'], 'Drop'],
]
