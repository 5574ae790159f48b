import type { ComponentChildren, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ActName } from '../../../operate/acts.js'
import { exactTerm } from '../../../operate/filter/quote-value.js'
import type { Explanation } from '../../../operate/looks.js'
import type { PayloadName, TaskAnswer } from '../../answers.js'
import { asked } from '../acts.js'
import { get, getText, may } from '../api.js'
import { duration } from '../format.js'
import { learnPaths } from '../known-names.js'
import { beat } from '../live.js'
import { useLoaded } from '../load.js'
import { Ago, At, Figure, Heading, Nothing, QueueLink, State, TaskLink, Trouble } from '../parts/basics.js'
import { EditDialog, edited } from '../parts/edit-dialog.js'
import { TaskLog } from '../parts/task-log.js'
import { Payload } from '../parts/tree.js'

/** One task with all that is known of it, and why it is where it is. */
export function TaskPage({ id }: { readonly id: string }): JSX.Element {
  const { value, error, reload } = useLoaded<TaskAnswer>(
    async (signal) => await get(`tasks/${encodeURIComponent(id)}`, {}, signal),
    [id, beat.value],
  )
  useEffect(() => {
    if (value !== null) learnPaths(value)
  }, [value === null])
  if (value === null) {
    return (
      <>
        <Heading title={<span class="id">{id}</span>} />
        {error ? <Trouble error={error} retry={reload} /> : <Nothing>Loading …</Nothing>}
      </>
    )
  }
  const { task, payloads, explanation } = value
  return (
    <>
      <Heading
        title={
          <>
            {task.job} <span class="id dim">{task.id}</span>
          </>
        }
      >
        <Acts value={value} reload={reload} />
      </Heading>
      <Trouble error={error} retry={reload} />
      <Why explanation={explanation} />
      <dl class="figures">
        <Figure name="State">
          <State of={task.state}>{task.statusString.toLowerCase()}</State>
        </Figure>
        <Figure name="Queue">
          <QueueLink name={task.queue} />
        </Figure>
        <Figure name="Priority">{task.priority}</Figure>
        <Figure name="Runs">{task.runs}</Figure>
        {task.worker !== null && <Figure name="Worker">{task.worker}</Figure>}
        {task.tags.length > 0 && <Figure name="Tags">{task.tags.join(', ')}</Figure>}
        {task.parent !== null && (
          <Figure name="Queued by">
            <TaskLink id={task.parent} />
          </Figure>
        )}
        {task.retryOf !== null && (
          <Figure name="Retry of">
            <TaskLink id={task.retryOf} />
          </Figure>
        )}
        {task.trace !== null && <Figure name="Trace">{task.trace}</Figure>}
        {task.moved !== null && (
          <Figure name="Moved to">
            {task.moved.id === null ? <QueueLink name={task.moved.queue} /> : <TaskLink id={task.moved.id} />}
          </Figure>
        )}
        {task.retries.length > 0 && (
          <Figure name="Retried as">
            {task.retries.map((retry) => (
              <TaskLink key={retry} id={retry} />
            ))}
          </Figure>
        )}
      </dl>
      {task.links.length > 0 && (
        <p>
          {task.links.map(({ label, href }) => (
            <a key={href} href={href} rel="noreferrer" target="_blank">
              {label}
            </a>
          ))}
        </p>
      )}
      {task.unreadable !== null && (
        <div class="trouble" role="alert">
          <strong>Its arguments or its outcome cannot be read.</strong> {task.unreadable}
        </div>
      )}
      <Timeline value={value} />
      {task.exception !== null && (
        <Part title="Error">
          <p class="error-text">{task.exception}</p>
          {task.stacktrace !== null && <pre tabIndex={0}>{task.stacktrace}</pre>}
          {payloads.details !== null && <Whole of={value} name="details" file="details" />}
        </Part>
      )}
      <div class="columns">
        <Part title="Arguments">
          {may('payloads') ? <Whole of={value} name="args" file="arguments" /> : <Hidden />}
        </Part>
        {task.state === 'done' && (
          <Part title="Result">{may('payloads') ? <Whole of={value} name="result" file="result" /> : <Hidden />}</Part>
        )}
        {payloads.progress !== null && (
          <Part title="Progress">
            <Whole of={value} name="progress" file="progress" />
          </Part>
        )}
        {payloads.meta !== null && payloads.meta !== '{}' && (
          <Part title="Meta">
            <Whole of={value} name="meta" file="meta" />
          </Part>
        )}
      </div>
      <TaskLog key={id} task={task} />
      {edited.value?.id === id && <EditDialog of={edited.value} onDone={reload} />}
    </>
  )
}

/** A payload, of which the page may have the beginning only. */
function Whole({
  of: { task, payloads, cut },
  name,
  file,
}: {
  readonly of: TaskAnswer
  readonly name: PayloadName
  readonly file: string
}): JSX.Element {
  const length = cut[name]
  return (
    <Payload
      name={`${task.id}-${file}`}
      text={payloads[name]}
      cut={length === undefined ? null : { length, path: payloadPath(task.id, name) }}
    />
  )
}

function payloadPath(id: string, name: PayloadName): string {
  return `tasks/${encodeURIComponent(id)}/payloads/${name}`
}

function Hidden(): JSX.Element {
  return <p class="dim">Your role does not show payloads.</p>
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <section class="part">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

function Why({ explanation }: { readonly explanation: Explanation }): JSX.Element {
  return (
    <section class="why" aria-label="Why it is where it is">
      <p>{explanation.says}</p>
      <ul class="plain">
        {explanation.reasons.map(({ code, says, fix }) => (
          <li key={code}>
            <code>{code}</code> {says} {fix !== null && <span class="fix">Fix: {fix}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Acts({ value, reload }: { readonly value: TaskAnswer; readonly reload: () => void }): JSX.Element | null {
  if (!may('act')) return null
  const { task, payloads, cut } = value
  const edit = async (): Promise<void> => {
    const args = cut.args === undefined ? payloads.args : await getText(payloadPath(task.id, 'args'))
    edited.value = { id: task.id, args: args ?? '{}' }
  }
  // Another queue may have a task of the same id.
  const filter = `${exactTerm('queue', task.queue)} ${exactTerm('id', task.id)}`
  const act = (name: ActName, label: string): JSX.Element => (
    <button
      type="button"
      aria-keyshortcuts={name === 'retry' ? 'r' : undefined}
      onClick={() => (asked.value = { act: name, filter, onDone: reload })}
    >
      {label} …
    </button>
  )
  // What was moved or retried goes on as another task.
  const isRetried = task.moved !== null || task.retries.length > 0
  return (
    <>
      {task.state === 'failed' && !isRetried && act('retry', 'Retry')}
      {task.state === 'failed' && !isRetried && may('payloads') && (
        <button type="button" onClick={() => void edit()}>
          Edit and retry …
        </button>
      )}
      {task.state === 'delayed' && act('run-now', 'Run now')}
      {(task.state === 'ready' || task.state === 'delayed' || task.state === 'held') && act('revoke', 'Revoke')}
      {task.state !== 'held' && may('destroy') && act('drop', 'Drop')}
    </>
  )
}

/** What happened to a task, in the order of time. */
function Timeline({ value: { task } }: { readonly value: TaskAnswer }): JSX.Element {
  return (
    <Part title="Timeline">
      <ol class="timeline">
        {momentsOf(task)
          .sort((a, b) => a.at - b.at)
          .map(({ at, name, what }) => (
            <li key={name}>
              <At at={at} /> {what}
            </li>
          ))}
      </ol>
    </Part>
  )
}

interface Moment {
  readonly at: number
  readonly name: string
  readonly what: ComponentChildren
}

function momentsOf(task: TaskAnswer['task']): Moment[] {
  const { queuedAt, dueAt, startedAt, endedAt, expiry, attempts, runs, worker, state, statusString } = task
  const isOver = state === 'failed' || state === 'done'
  const moments: Moment[] = [
    {
      at: queuedAt,
      name: 'queued',
      what: (
        <>
          queued, <Ago at={queuedAt} />
        </>
      ),
    },
  ]
  if (dueAt > queuedAt) moments.push({ at: dueAt, name: 'due', what: 'due' })
  for (const attempt of attempts) {
    const ran = duration(attempt.endedAt - attempt.startedAt)
    moments.push({
      at: attempt.startedAt,
      name: `run ${String(attempt.run)}`,
      what: (
        <>
          run {attempt.run} by {attempt.worker}, ran {ran}: <span class="error-text">{attempt.error}</span>
        </>
      ),
    })
  }
  if (startedAt !== null) {
    const waited = duration(Math.max(0, startedAt - dueAt))
    moments.push({
      at: startedAt,
      name: 'claimed',
      what: `run ${String(runs)} claimed by ${worker ?? '?'}, waited ${waited}`,
    })
  }
  if (endedAt !== null && isOver) {
    const ran = startedAt === null ? '' : ` after ${duration(endedAt - startedAt)}`
    moments.push({ at: endedAt, name: 'ended', what: `${statusString.toLowerCase()}${ran}` })
  }
  if (expiry !== null && !isOver) moments.push({ at: expiry, name: 'expiry', what: 'expires unless it has started' })
  return moments
}
