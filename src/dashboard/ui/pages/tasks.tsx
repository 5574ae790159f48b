import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { goTo, hrefOf, route } from '../route.js'
import { useSearch } from '../search.js'
import { Heading } from '../parts/basics.js'
import { FilterBox } from '../parts/filter-box.js'
import { FoundTasks } from '../parts/found-tasks.js'

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
  const turn = useSignal(0)
  const found = useSearch(text, turn.value)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (input.current) input.current.value = text
  }, [text])
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
        <FilterBox box={input} text={text} tasks={found.hits.value} />
        <button type="submit" class="primary">
          Find
        </button>
      </form>
      {text === '' && <Help />}
      <FoundTasks filter={text} turn={turn.value} found={found} onDone={() => (turn.value += 1)} />
    </>
  )
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
