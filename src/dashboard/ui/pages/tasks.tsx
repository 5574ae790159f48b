import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { SearchProgress } from '../../../operate/acts.js'
import { exactTerm } from '../../../operate/filter/quote-value.js'
import type { TaskSummary } from '../../../operate/looks.js'
import { lines, may, RequestError } from '../api.js'
import { count } from '../format.js'
import { goTo, hrefOf, route } from '../route.js'
import { ActsBar } from '../parts/acts-bar.js'
import { Heading, Nothing, Trouble } from '../parts/basics.js'
import { FilterBox } from '../parts/filter-box.js'
import { TaskTable } from '../parts/task-table.js'

/** Most hits that are listed. An act takes all that match, listed or not. */
const MOST = 500

type Found = { readonly hit: TaskSummary } | { readonly progress: SearchProgress }

const EXAMPLES = [
  'state:failed since:2h',
  'job:mail.* args.customer:42',
  'waited:>1m',
  'error:ECONNRESET',
  'run:>1 -tag:test',
]

/** Finds tasks by one line of filter, as `pq find` does. */
export function TasksPage(): JSX.Element {
  const text = route.value.query.get('q') ?? ''
  const hits = useSignal<readonly TaskSummary[]>([])
  const progress = useSignal<SearchProgress | null>(null)
  const state = useSignal<'looking' | 'over' | 'full'>('over')
  const error = useSignal<RequestError | null>(null)
  const turn = useSignal(0)
  const chosen = useSignal<ReadonlySet<string>>(new Set())
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (input.current) input.current.value = text
    hits.value = []
    chosen.value = new Set()
    progress.value = null
    error.value = null
    if (text === '') return undefined
    const gone = new AbortController()
    state.value = 'looking'
    const search = async (): Promise<void> => {
      const found: TaskSummary[] = []
      for await (const line of lines<Found>(`find?${new URLSearchParams({ q: text })}`, { signal: gone.signal })) {
        if ('progress' in line) progress.value = line.progress
        else found.push(line.hit)
        hits.value = found.slice(0, MOST)
        if (found.length < MOST) continue
        state.value = 'full'
        gone.abort()
        return
      }
      state.value = 'over'
    }
    search().catch((thrown: unknown) => {
      if (gone.signal.aborted) return
      state.value = 'over'
      error.value = thrown instanceof RequestError ? thrown : new RequestError(0, 'PAGE', String(thrown))
    })
    return () => gone.abort()
  }, [text, turn.value])
  return (
    <>
      <Heading title="Tasks" />
      <form
        role="search"
        class="search"
        onSubmit={(event) => {
          event.preventDefault()
          goTo(hrefOf(['tasks'], { q: input.current?.value.trim() ?? '' }))
          turn.value += 1
        }}
      >
        <label class="unseen" for="filter">
          Filter
        </label>
        <FilterBox box={input} text={text} tasks={hits.value} />
        <button type="submit" class="primary">
          Find
        </button>
      </form>
      {text === '' && <Help />}
      <Trouble error={error.value} />
      {text !== '' && error.value === null && (
        <>
          <p role="status" class="dim">
            {count(hits.value.length)} found
            {state.value === 'looking' &&
              progress.value &&
              `, ${count(progress.value.looked)} of ${count(progress.value.of)} looked at`}
            {state.value === 'looking' && ' …'}
            {state.value === 'full' && `: the first ${count(MOST)}. Narrow the filter, or act on all that match.`}
          </p>
          {progress.value?.unread && (
            <p class="trouble" role="alert">
              Tasks are missing: {progress.value.unread.join(', ')} cannot be read. <a href="#/">Overview</a> says why.
            </p>
          )}
          {hits.value.length > 0 && (
            <>
              <ActsBar
                state={null}
                filter={chosen.value.size > 0 ? filterOf(hits.value.filter(({ id }) => chosen.value.has(id))) : text}
                chosen={chosen.value.size}
                onDone={() => (turn.value += 1)}
              />
              <TaskTable
                caption="Tasks that match"
                tasks={hits.value}
                {...(may('act') && { chosen: chosen.value, onChoose: (ids) => (chosen.value = ids) })}
              />
            </>
          )}
          {hits.value.length === 0 && state.value === 'over' && <Nothing>No task matches.</Nothing>}
        </>
      )}
    </>
  )
}

/** The tasks alone, of their queues. */
function filterOf(tasks: readonly TaskSummary[]): string {
  const queues = new Set(tasks.map(({ queue }) => queue))
  return `${exactTerm('queue', ...queues)} ${exactTerm('id', ...tasks.map(({ id }) => id))}`
}

function Help(): JSX.Element {
  return (
    <section class="help">
      <h2>One line finds them</h2>
      <p>
        Keys:{' '}
        <code>
          state queue job id tag args.&lt;path&gt; meta.&lt;path&gt; result.&lt;path&gt; error problem worker priority
          run ran waited since until
        </code>
        . A space means and, a comma or, <code>-</code> not, <code>*</code> anything.
      </p>
      <ul class="plain">
        {EXAMPLES.map((example) => (
          <li key={example}>
            <a href={hrefOf(['tasks'], { q: example })}>
              <code>{example}</code>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
