import type { JSX } from 'preact'
import type { TaskSummary } from '../../../operate/looks.js'
import type { HeldRow } from '../hold-rows.js'
import { Ago, QueueLink, State, TaskLink } from './basics.js'
import type { Column } from './table.js'
import { Table } from './table.js'

/** A list of tasks, without their payloads. */
export function TaskTable({
  caption,
  tasks,
  chosen,
  onChoose,
  withQueue = true,
}: {
  readonly caption: string
  readonly tasks: readonly HeldRow<TaskSummary>[]
  readonly chosen?: ReadonlySet<string>
  readonly onChoose?: (ids: ReadonlySet<string>) => void
  readonly withQueue?: boolean
}): JSX.Element {
  const columns = withQueue ? COLUMNS : COLUMNS.filter(({ name }) => name !== 'Queue')
  return (
    <Table
      caption={caption}
      columns={columns}
      rows={tasks}
      keyOf={({ id }) => id}
      {...(chosen && onChoose && { chosen, onChoose })}
    />
  )
}

const COLUMNS: readonly Column<HeldRow<TaskSummary>>[] = [
  { name: 'Task', cell: ({ id }) => <TaskLink id={id} /> },
  { name: 'Job', cell: ({ job }) => job },
  { name: 'Queue', cell: ({ queue }) => <QueueLink name={queue} /> },
  {
    name: 'State',
    cell: ({ state, statusString, isGone }) =>
      isGone ? <State of="gone">no longer here</State> : <State of={state}>{wordOf(state, statusString)}</State>,
  },
  { name: 'Priority', cell: ({ priority }) => priority, isNumber: true },
  { name: 'Runs', cell: ({ runs }) => runs, isNumber: true },
  { name: 'Queued', cell: ({ queuedAt }) => <Ago at={queuedAt} /> },
  { name: 'Due, started or ended', cell: (task) => <Ago at={momentOf(task)} /> },
  { name: 'Error', cell: ({ error }) => (error === null ? '' : <span class="error-text">{error}</span>) },
]

function wordOf(state: TaskSummary['state'], status: string): string {
  if (state === 'held') return 'running'
  return state === 'ready' || state === 'delayed'
    ? status === 'RETRY'
      ? `${state}, retry`
      : state
    : status.toLowerCase()
}

function momentOf({ state, dueAt, startedAt, endedAt }: TaskSummary): number | null {
  if (state === 'failed' || state === 'done') return endedAt
  return state === 'held' ? startedAt : dueAt
}
