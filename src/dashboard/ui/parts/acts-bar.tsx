import type { JSX } from 'preact'
import type { ActName } from '../../../operate/acts.js'
import type { TaskPlace } from '../../../operate/looks.js'
import { asked } from '../acts.js'
import { may } from '../api.js'
import { count } from '../format.js'

/** What can be done with the chosen tasks, or with all that match. */
export function ActsBar({
  states,
  filter,
  chosen,
  onDone,
}: {
  /** Where the tasks are, in which they are meant: only what can be done there is offered. Null: they may be anywhere. */
  readonly states: readonly TaskPlace[] | null
  readonly filter: string
  /** Number of the chosen tasks; null: none was chosen, and all that match are meant. */
  readonly chosen: number | null
  readonly onDone: () => void
}): JSX.Element | null {
  if (!may('act')) return null
  const acts = ACTS.filter(([, of]) => states === null || of.some((state) => states.includes(state)))
  return (
    <div class="acts">
      <span class="dim" role="status">
        {chosen === null ? 'All that match:' : `${count(chosen)} chosen:`}
      </span>
      {acts.map(([act, , label]) => (
        <button
          key={act}
          type="button"
          disabled={act === 'drop' && !may('destroy')}
          // Without a choice it is for all that match: no key asks for that.
          aria-keyshortcuts={act === 'retry' && chosen !== null ? 'r' : undefined}
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
