import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { exactTerm } from '../../../operate/filter/quote-value.js'
import type { WorkerOverview } from '../../../operate/looks.js'
import { useActError } from '../act-error.js'
import type { RequestError } from '../api.js'
import { may, post } from '../api.js'
import { bytes, count, duration } from '../format.js'
import { workers } from '../live.js'
import { hrefOf, route } from '../route.js'
import { Heading, Nothing, QueueLink, State, Trouble } from '../parts/basics.js'
import { noteTold, stateOf } from '../told-workers.js'
import { ReasonDialog } from '../parts/reason-dialog.js'
import { SlotsDialog } from '../parts/slots-dialog.js'
import type { Column } from '../parts/table.js'
import { Table } from '../parts/table.js'

type Order = 'quiet' | 'resume' | 'stop'

const ORDERS: readonly (readonly [Order, label: string, title: string, done: string])[] = [
  ['quiet', 'Quiet', 'It claims no more tasks; those that run go on', 'claims no more tasks; those that run go on.'],
  ['resume', 'Claim again', 'It claims tasks again', 'claims tasks again.'],
  ['stop', 'Stop …', 'It finishes what it runs, and ends', 'finishes what it runs, and ends.'],
]

/** Who consumes, and how full they are. */
export function WorkersPage(): JSX.Element {
  const error = useActError()
  const queue = route.value.query.get('queue')
  const shown = workers.value?.filter(({ queues }) => queue === null || queues.some((one) => one.queue === queue))
  const resized = useSignal<WorkerOverview | null>(null)
  const stopped = useSignal<string | null>(null)
  const news = useSignal('')
  const tell = (worker: string, what: Order | 'concurrency', body: object = {}, done = ''): void => {
    post(`workers/${encodeURIComponent(worker)}/${what}`, body).then(
      () => {
        error.value = null
        news.value = done
        if (what === 'quiet' || what === 'resume') noteTold(worker, what === 'quiet')
      },
      (thrown: unknown) => (error.value = thrown as RequestError),
    )
  }
  const acts: Column<WorkerOverview> = {
    name: 'Act',
    cell: (worker) => {
      const { name } = worker
      const state = stateOf(worker)
      return (
        state !== 'lost' && (
          <span class="buttons">
            {ORDERS.filter(([order]) => order === 'stop' || (order === 'quiet') !== (state === 'quiet')).map(
              ([order, label, title, done]) => (
                <button
                  key={order}
                  type="button"
                  title={title}
                  onClick={() => {
                    if (order === 'stop') stopped.value = name
                    else tell(name, order, {}, `${name} ${done}`)
                  }}
                >
                  {label}
                </button>
              ),
            )}
            <button
              type="button"
              title="It runs another number of tasks at once"
              onClick={() => (resized.value = worker)}
            >
              Slots …
            </button>
          </span>
        )
      )
    },
  }
  const told = resized.value
  const ending = stopped.value
  return (
    <>
      <Heading title="Workers">
        {queue !== null && (
          <a href={hrefOf(['workers'])} class="button">
            Of all queues
          </a>
        )}
      </Heading>
      <Trouble error={error.value} />
      <p role="status">{news.value}</p>
      {told !== null && (
        <SlotsDialog
          worker={told.name}
          slots={slotsOf(told)}
          onSet={(tasks, reason) => {
            tell(told.name, 'concurrency', { tasks, reason }, `${told.name} runs ${count(tasks)} at once.`)
          }}
          onClose={() => (resized.value = null)}
        />
      )}
      {ending !== null && (
        <ReasonDialog
          act="Stop"
          of={ending}
          onSend={(reason) => {
            tell(ending, 'stop', { reason }, `${ending} finishes what it runs, and ends.`)
          }}
          onClose={() => (stopped.value = null)}
        >
          It finishes what it runs, and its process ends. Its supervisor starts no other one in its place.
        </ReasonDialog>
      )}
      {shown === undefined ? (
        <Nothing>Loading …</Nothing>
      ) : shown.length === 0 ? (
        <Nothing>
          No worker consumes{queue === null ? '' : ` ${queue}`}. Start one: <code>pq start</code>.
        </Nothing>
      ) : (
        <Table
          caption="Workers"
          columns={may('queue') ? [...COLUMNS, acts] : COLUMNS}
          rows={shown}
          keyOf={({ name }) => name}
          sortedBy="Running"
        />
      )}
    </>
  )
}

const slotsOf = ({ queues }: WorkerOverview): number => Math.max(0, ...queues.map(({ slots }) => slots))

const COLUMNS: readonly Column<WorkerOverview>[] = [
  {
    name: 'Worker',
    by: ({ name }) => name,
    cell: ({ name }) => (
      <a href={hrefOf(['tasks'], { q: exactTerm('worker', name) })} title="Its tasks">
        {name}
      </a>
    ),
  },
  {
    name: 'State',
    by: stateOf,
    cell: (worker) => <State of={stateOf(worker)} />,
  },
  {
    name: 'Queues',
    cell: ({ queues }) =>
      queues.map(({ queue }, i) => (
        <>
          {i > 0 && ', '}
          <QueueLink name={queue} />
        </>
      )),
  },
  { name: 'Running', by: ({ held }) => held, cell: ({ held }) => count(held), isNumber: true },
  { name: 'Slots', by: slotsOf, cell: (worker) => count(slotsOf(worker)), isNumber: true },
  {
    name: 'Lease',
    cell: ({ queues }) => {
      const least = Math.min(...queues.map(({ expiresIn }) => expiresIn))
      return least < 0 ? `lapsed ${duration(-least)} ago` : `for ${duration(least)}`
    },
    isNumber: true,
  },
  { name: 'Processed', cell: ({ status }) => (status === null ? '–' : count(status.processed)), isNumber: true },
  { name: 'Memory', cell: ({ status }) => (status === null ? '–' : bytes(status.memory)), isNumber: true },
  {
    name: 'Loop delay',
    cell: ({ status }) => (status === null ? '–' : duration(status.eventLoopDelay)),
    isNumber: true,
  },
  { name: 'Version', cell: ({ status }) => status?.version ?? '–' },
]
