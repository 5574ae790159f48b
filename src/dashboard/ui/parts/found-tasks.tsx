import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { exactTerm } from '../../../operate/filter/quote-value.js'
import type { TaskPlace, TaskSummary } from '../../../operate/looks.js'
import { may } from '../api.js'
import { count } from '../format.js'
import type { Search } from '../search.js'
import { MOST_HITS } from '../search.js'
import { ActsBar } from './acts-bar.js'
import { Nothing, Trouble } from './basics.js'
import { TaskTable } from './task-table.js'

/** The tasks of a filter, as they are found, and what can be done with them. */
export function FoundTasks({
  filter,
  turn,
  found: { hits, progress, state, error },
  place = null,
  onDone,
}: {
  /** '': none is looked for. */
  readonly filter: string
  /** A change of it looks again. */
  readonly turn: number
  readonly found: Search
  /** Where all of them are: only what can be done there is offered. Default: anywhere. */
  readonly place?: TaskPlace | null
  /** Called when something was done with them. */
  readonly onDone: () => void
}): JSX.Element {
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  useEffect(() => {
    chosen.value = new Set()
  }, [filter, turn])
  const meant = chosen.value.size > 0 ? hits.value.filter(({ id }) => chosen.value.has(id)) : hits.value
  const isAll = chosen.value.size > 0 || state.value === 'over'
  if (filter === '' || error.value !== null) return <Trouble error={error.value} />
  return (
    <>
      <p role="status" class="dim">
        {count(hits.value.length)} found
        {state.value === 'looking' &&
          progress.value &&
          `, ${count(progress.value.looked)} of ${count(progress.value.of)} looked at`}
        {state.value === 'looking' && ' …'}
        {state.value === 'full' && `: the first ${count(MOST_HITS)}. Narrow the filter, or act on all that match.`}
      </p>
      {progress.value?.unread && (
        <p class="trouble" role="alert">
          Tasks are missing: {progress.value.unread.join(', ')} cannot be read. <a href="#/">Overview</a> says why.
        </p>
      )}
      {hits.value.length > 0 && (
        <>
          <ActsBar
            states={place === null ? statesOf(meant, isAll) : [place]}
            filter={chosen.value.size > 0 ? filterOf(meant) : filter}
            chosen={chosen.value.size === 0 ? null : chosen.value.size}
            onDone={onDone}
          />
          <TaskTable
            caption="Tasks that match"
            tasks={hits.value}
            {...(may('act') && { chosen: chosen.value, onChoose: (ids) => (chosen.value = ids) })}
          />
        </>
      )}
      {hits.value.length === 0 && state.value === 'over' && (
        <Nothing>{progress.value?.hint ?? 'No task matches.'}</Nothing>
      )}
    </>
  )
}

/** Where tasks are; null: more may be meant than these. */
function statesOf(tasks: readonly TaskSummary[], isAll: boolean): readonly TaskPlace[] | null {
  return isAll ? [...new Set(tasks.map(({ state }) => state))] : null
}

/** The tasks alone, of their queues. */
function filterOf(tasks: readonly TaskSummary[]): string {
  const queues = new Set(tasks.map(({ queue }) => queue))
  return `${exactTerm('queue', ...queues)} ${exactTerm('id', ...tasks.map(({ id }) => id))}`
}
