import type { ComponentChildren, JSX } from 'preact'
import { useSignal } from '@preact/signals'
import type { Diagnosis, ScheduleOverview } from '../../../operate/looks.js'
import type { AuditEntry } from '../../../stores/operations-store.js'
import { useActError } from '../act-error.js'
import type { RequestError } from '../api.js'
import { get, may, post, seesAll } from '../api.js'
import { count } from '../format.js'
import { beat } from '../live.js'
import { useLoaded } from '../load.js'
import { hrefOf } from '../route.js'
import { Ago, At, Heading, Length, Nothing, QueueLink, State, TaskLink, Trouble } from '../parts/basics.js'
import { Listed } from '../parts/listed.js'
import { ReasonDialog } from '../parts/reason-dialog.js'
import type { Column } from '../parts/table.js'

export function SchedulesPage(): JSX.Element {
  const error = useActError()
  const news = useSignal<ComponentChildren>(null)
  const pausing = useSignal<ScheduleOverview | null>(null)
  const tell = (
    { job, queue }: ScheduleOverview,
    act: 'run' | 'pause' | 'resume',
    told: (answer: { readonly id: string }) => ComponentChildren,
    reason = '',
  ): void => {
    post<{ readonly id: string }>(`schedules/${encodeURIComponent(job)}/${act}`, { queue, reason }).then(
      (answer) => {
        error.value = null
        news.value = told(answer)
        beat.value += 1
      },
      (thrown: unknown) => (error.value = thrown as RequestError),
    )
  }
  const acts: Column<ScheduleOverview> = {
    name: 'Act',
    cell: (schedule) => {
      const { job, paused } = schedule
      return (
        <span class="buttons">
          <button
            type="button"
            onClick={() =>
              tell(schedule, 'run', ({ id }) => (
                <>
                  {job} was queued as <TaskLink id={id} />.
                </>
              ))
            }
          >
            Run now
          </button>
          {may('queue') && (
            <button
              type="button"
              onClick={() => {
                if (paused === null) pausing.value = schedule
                else tell(schedule, 'resume', () => `${job} goes on.`)
              }}
            >
              {paused === null ? 'Pause …' : 'Resume'}
            </button>
          )}
        </span>
      )
    },
  }
  const held = pausing.value
  return (
    <>
      <Listed<ScheduleOverview>
        title="Schedules"
        path="schedules"
        columns={may('act') ? [...SCHEDULE_COLUMNS, acts] : SCHEDULE_COLUMNS}
        keyOf={({ job, queue }) => `${queue} ${job}`}
        nothing="No periodic job has run yet, and this process knows none."
        error={error.value}
        news={news.value}
      />
      {held !== null && (
        <ReasonDialog
          act="Pause"
          of={held.job}
          onSend={(reason) => {
            tell(held, 'pause', () => `${held.job} is paused.`, reason)
          }}
          onClose={() => (pausing.value = null)}
        >
          It is not queued until it is resumed. The catchUp of the job decides which ticks are queued then. Tasks that
          are queued already stay.
        </ReasonDialog>
      )}
    </>
  )
}

const SCHEDULE_COLUMNS: readonly Column<ScheduleOverview>[] = [
  { name: 'Job', by: ({ job }) => job, cell: ({ job }) => <a href={hrefOf(['jobs', job])}>{job}</a> },
  { name: 'Queue', cell: ({ queue }) => <QueueLink name={queue} /> },
  { name: 'Schedule', cell: ({ schedule }) => schedule },
  { name: 'Last', by: ({ last }) => last ?? -1, cell: ({ last }) => <Ago at={last} /> },
  {
    name: 'Its task',
    cell: ({ lastTask, lastState }) => (
      <>
        {lastTask === null ? '–' : <TaskLink id={lastTask} />} {lastState !== null && <State of={lastState} />}
      </>
    ),
  },
  {
    name: 'Next',
    by: ({ next }) => next ?? Infinity,
    cell: ({ next, paused }) =>
      paused === null ? (
        <Ago at={next} />
      ) : (
        <>
          <State of="quiet">paused</State> <Ago at={paused.at} /> by {paused.by}
          {paused.reason !== null && `: ${paused.reason}`}
        </>
      ),
  },
  {
    name: 'Overdue',
    by: ({ overdue }) => overdue ?? -1,
    cell: ({ overdue }) => (overdue === null || overdue === 0 ? '–' : <Length ms={overdue} />),
  },
]

/** For a visitor of some queues. */
const HIDDEN_ACTS = 'Acts that may concern other queues are hidden from you.'

export function AuditPage(): JSX.Element {
  return (
    <Listed<AuditEntry>
      title="Audit log"
      path="audit"
      columns={AUDIT_COLUMNS}
      keyOf={({ operation, at }) => `${operation} ${String(at)}`}
      nothing={seesAll() ? 'Nobody has acted yet.' : `No act is shown. ${HIDDEN_ACTS}`}
      note={seesAll() ? null : HIDDEN_ACTS}
    />
  )
}

const AUDIT_COLUMNS: readonly Column<AuditEntry>[] = [
  { name: 'When', cell: ({ at }) => <At at={at} /> },
  { name: 'Who', cell: ({ by, from }) => `${by} (${from})` },
  { name: 'Act', cell: ({ act }) => act },
  { name: 'On', cell: ({ target }) => <code>{target}</code> },
  { name: 'Tasks', cell: ({ done }) => count(done), isNumber: true },
  { name: 'Reason', cell: ({ reason }) => reason ?? '' },
]

export function DoctorPage(): JSX.Element {
  const { value, error, reload } = useLoaded<Diagnosis>(async (signal) => await get('doctor', {}, signal), [''])
  return (
    <>
      <Heading title="Doctor">
        <button type="button" onClick={reload}>
          Check again
        </button>
      </Heading>
      <Trouble error={error} retry={reload} />
      {value === null ? (
        error === null && <Nothing>Checking …</Nothing>
      ) : (
        <ul class="checks" aria-label="Checks">
          {value.checks.map(({ name, state, says, fix }) => (
            <li key={`${name} ${says}`}>
              <State of={state}>{name}</State> {says}
              {fix !== null && <p class="fix">Fix: {fix}</p>}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
