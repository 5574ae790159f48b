import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { exactTerm } from '../../../operate/filter/quote-value.js'
import type { TaskPage, TaskPlace } from '../../../operate/looks.js'
import { get, may } from '../api.js'
import { count } from '../format.js'
import { beat } from '../live.js'
import { useLoaded } from '../load.js'
import { useHeldRows } from '../use-held-rows.js'
import { replaceQuery, route } from '../route.js'
import { rowsOf } from '../rows.js'
import { ActsBar } from './acts-bar.js'
import { Nothing, Trouble } from './basics.js'
import { News } from './news.js'
import { TaskTable } from './task-table.js'

/** The tasks of a queue that are in one state, with each update. */
export function QueueTasks({
  queue,
  state,
}: {
  readonly queue: string
  readonly state: TaskPlace | 'recent'
}): JSX.Element {
  const cursor = route.value.query.get('cursor') ?? ''
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const { value, error, reload } = useLoaded<TaskPage>(
    async (signal) => await get('tasks', { queue, state, limit: '50', ...(cursor !== '' && { cursor }) }, signal),
    [`${queue} ${state} ${cursor}`, cursor === '' ? beat.value : 0],
  )
  const { rows, news, setOver, release } = useHeldRows(value?.tasks ?? null)
  const list = useRef<HTMLDivElement>(null)
  const showNews = (): void => {
    const known = new Set(rows.map(({ id }) => id))
    const first = value?.tasks.find(({ id }) => !known.has(id))?.id
    release()
    // The button is gone by then.
    requestAnimationFrame(() => {
      rowsOf(list.current)
        .find(({ dataset }) => dataset['key'] === first)
        ?.focus()
    })
  }
  if (value === null) return error ? <Trouble error={error} retry={reload} /> : <Nothing>Loading …</Nothing>
  // A row that has left the list is chosen no more. Where all have, none is meant, and not all.
  const present = rows.filter(({ id, isGone }) => chosen.value.has(id) && isGone !== true)
  const which = chosen.value.size === 0 ? `state:${state}` : exactTerm('id', ...chosen.value)
  const filter = `${exactTerm('queue', queue)} ${which}`
  const canAct = state !== 'recent' && may('act')
  return (
    <>
      <Trouble error={error} retry={reload} />
      <div class="bar">
        {state !== 'recent' && (
          <ActsBar
            states={[state]}
            filter={filter}
            onDone={() => {
              chosen.value = new Set()
              release()
              reload()
            }}
            chosen={chosen.value.size === 0 ? null : present.length}
          />
        )}
        <News news={news} onShow={showNews} />
      </div>
      {value.isSampled === true && <p class="dim">More tasks have ended than are listed here.</p>}
      {rows.length === 0 ? (
        <Nothing>{EMPTY[state] ?? `No task is ${state}.`}</Nothing>
      ) : (
        <div
          ref={list}
          onPointerEnter={({ pointerType }) => setOver(pointerType === 'mouse')}
          onPointerLeave={() => setOver(false)}
        >
          <TaskTable
            caption={`Tasks of ${queue}: ${state}`}
            tasks={rows}
            withQueue={false}
            {...(canAct && { chosen: chosen.value, onChoose: (ids) => (chosen.value = ids) })}
          />
        </div>
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
  failed: 'No task has failed.',
  recent: 'No worker has told of an ended task of late. They tell every ten seconds.',
}
