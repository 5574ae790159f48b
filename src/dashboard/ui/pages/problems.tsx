import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { exactTerm } from '../../../operate/filter/quote-value.js'
import type { Problem } from '../../../operate/looks.js'
import type { TaskAnswer } from '../../answers.js'
import { useActError } from '../act-error.js'
import { asked } from '../acts.js'
import type { RequestError } from '../api.js'
import { get, may, post } from '../api.js'
import { count } from '../format.js'
import { beat } from '../live.js'
import { useLoaded } from '../load.js'
import type { ProblemLook } from '../problem-looks.js'
import {
  keepLook,
  keptLook,
  keyOfProblem,
  lookAt,
  lookBefore,
  trendOf,
  trendText,
  trendTitle,
} from '../problem-looks.js'
import { hrefOf } from '../route.js'
import { Ago, Nothing, QueueLink, Trouble } from '../parts/basics.js'
import { Listed } from '../parts/listed.js'
import type { Column } from '../parts/table.js'

type Mark = 'resolve' | 'mute' | 'reopen'

/** Failures grouped by their cause: those that came back first. */
export function ProblemsPage(): JSX.Element {
  const error = useActError()
  const before = useMemo(() => lookBefore(keptLook(), Date.now()), [])
  const columns = useMemo(() => [...COLUMNS.slice(0, TREND), trend(before), ...COLUMNS.slice(TREND)], [before])
  const mark = (what: Mark, { id, queue }: Problem): void => {
    post(`problems/${encodeURIComponent(id)}/${what}`, { queue }).then(
      () => {
        error.value = null
        beat.value += 1
      },
      (thrown: unknown) => (error.value = thrown as RequestError),
    )
  }
  const acts: Column<Problem> = {
    name: 'Act',
    cell: (problem) => (
      <span class="buttons">
        <button
          type="button"
          aria-keyshortcuts="r"
          onClick={() => (asked.value = { act: 'retry', filter: filterOf(problem) })}
        >
          Retry all …
        </button>
        {MARKS[problem.state].map(([what, label, title]) => (
          <button key={what} type="button" title={title} onClick={() => mark(what, problem)}>
            {label}
          </button>
        ))}
      </span>
    ),
  }
  return (
    <Listed<Problem>
      title="Problems"
      path="problems"
      columns={may('act') ? [...columns, acts] : columns}
      keyOf={keyOfProblem}
      onRows={(rows) => {
        keepLook(lookAt(rows, before, Date.now()))
      }}
      nothing="No task has failed."
      error={error.value}
    />
  )
}

const RESOLVE = ['resolve', 'Resolve', 'It is mended: if it comes back, it is marked'] as const
const MUTE = ['mute', 'Mute', 'It is counted, and nobody is told'] as const
const REOPEN = ['reopen', 'Reopen', 'It is open again'] as const
const MARKS: Readonly<Record<Problem['state'], readonly (readonly [Mark, label: string, title: string])[]>> = {
  open: [RESOLVE, MUTE],
  muted: [RESOLVE, REOPEN],
  resolved: [REOPEN],
}

function filterOf({ id, queue }: Problem): string {
  return `${exactTerm('queue', queue)} problem:${id}`
}

/** A task that has failed so, and its stack. The id would make a wide table wider. */
function Sample({ id }: { readonly id: string }): JSX.Element {
  const isOpen = useSignal(false)
  return (
    <>
      <a href={hrefOf(['tasks', id])} title={id} aria-label={`Task ${id}`}>
        task
      </a>{' '}
      {may('payloads') && (
        <button type="button" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>
          Stack
        </button>
      )}
      {isOpen.value && <Stack id={id} />}
    </>
  )
}

function Stack({ id }: { readonly id: string }): JSX.Element {
  const { value, error } = useLoaded<TaskAnswer>(
    async (signal) => await get(`tasks/${encodeURIComponent(id)}`, {}, signal),
    [id],
  )
  if (value === null) return error ? <Trouble error={error} /> : <Nothing>Loading …</Nothing>
  return <pre tabIndex={0}>{value.task.stacktrace ?? value.task.exception ?? 'It has none.'}</pre>
}

const COLUMNS: readonly Column<Problem>[] = [
  {
    name: 'Problem',
    cell: (problem) => (
      <>
        <a href={hrefOf(['tasks'], { q: filterOf(problem) })}>{problem.error}</a>{' '}
        <span class="error-text">{problem.message}</span> {problem.regressed && <span class="badge">came back</span>}
        {problem.state !== 'open' && <span class="badge">{problem.state}</span>}
      </>
    ),
  },
  { name: 'Job', by: ({ job }) => job, cell: ({ job }) => job },
  { name: 'Queue', by: ({ queue }) => queue, cell: ({ queue }) => <QueueLink name={queue} /> },
  { name: 'Count', by: ({ count: number }) => number, cell: ({ count: number }) => count(number), isNumber: true },
  { name: 'First', by: ({ first }) => first, cell: ({ first }) => <Ago at={first} /> },
  { name: 'Last', by: ({ last }) => last, cell: ({ last }) => <Ago at={last} /> },
  { name: 'Versions', cell: ({ versions }) => versions.slice(0, 3).join(', ') },
  { name: 'Sample', cell: ({ samples: [sample] }) => sample !== undefined && <Sample id={sample} /> },
]

/** Place of the trend among the columns. */
const TREND = 4

function trend(before: ProblemLook | null): Column<Problem> {
  return {
    name: 'Since last look',
    title: trendTitle(before),
    by: (problem) => trendOf(problem, before).more ?? -1,
    cell: (problem) => {
      const [sign, text] = trendText(trendOf(problem, before))
      return (
        <span title={trendTitle(before)}>
          <span aria-hidden="true">{sign}</span> {text}
        </span>
      )
    },
    isNumber: true,
  }
}
