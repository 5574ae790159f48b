import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { ActProgress, ActResult } from '../../../operate/acts.js'
import type { ActInput, Asked, KeptPlan } from '../acts.js'
import { ACT_NAMES, asked, cancel, carryOut, commandOf, effectOf, planOf } from '../acts.js'
import type { RequestError } from '../api.js'
import { requestErrorOf } from '../api.js'
import { count } from '../format.js'
import { Ago, TaskLink, Trouble } from './basics.js'
import { Dialog } from './dialog.js'
import { ReasonField, TextField } from './text-field.js'

/** An act on more tasks than this has its count typed. */
const TYPED_ABOVE = 1_000

/** Plan, confirm, progress, result: the same for one task and for a million. */
export function ActDialog({ asked: of }: { readonly asked: Asked }): JSX.Element {
  const plan = useSignal<KeptPlan | null>(null)
  const error = useSignal<RequestError | null>(null)
  const progress = useSignal<ActProgress | null>(null)
  const result = useSignal<ActResult | null>(null)
  const input = useSignal<ActInput>({ reason: '', spread: '', queue: '', priority: '8', count: 0 })
  const running = useRef<AbortController | null>(null)
  const failed = (thrown: unknown): void => {
    error.value = requestErrorOf(thrown)
  }
  useEffect(() => {
    planOf(of).then((made) => (plan.value = made), failed)
    return () => {
      if (running.current !== null) running.current.abort()
      else if (plan.value !== null) cancel(plan.value)
    }
  }, [])
  const close = (): void => {
    if (progress.value !== null) of.onDone?.()
    asked.value = null
  }
  const confirm = (event: Event): void => {
    event.preventDefault()
    if (plan.value === null || progress.value !== null) return
    running.current = new AbortController()
    progress.value = { done: 0, skipped: 0, of: plan.value.count }
    const given = plan.value.count > TYPED_ABOVE ? input.value : { ...input.value, count: plan.value.count }
    carryOut(plan.value, given, running.current.signal, (made) => (progress.value = made)).then(
      (made) => {
        result.value = made
      },
      (thrown: unknown) => {
        if (!running.current?.signal.aborted) failed(thrown)
      },
    )
  }
  const name = ACT_NAMES[of.act]
  return (
    <Dialog title={`${name}: ${of.filter}`} onClose={close}>
      <Trouble error={error.value} />
      {plan.value === null ? (
        error.value === null && <p aria-live="polite">Looking for the tasks …</p>
      ) : result.value !== null ? (
        <Result result={result.value} />
      ) : progress.value !== null && error.value === null ? (
        <Progress progress={progress.value} />
      ) : (
        <form id="act" onSubmit={confirm}>
          <Planned plan={plan.value} />
          <Inputs of={of} plan={plan.value} input={input.value} onInput={(next) => (input.value = next)} />
          <label>
            The same as a command
            <code class="command">{commandOf(of, input.value)}</code>
          </label>
        </form>
      )}
      <div class="buttons">
        <button type="button" onClick={(event) => event.currentTarget.closest('dialog')?.close()}>
          {result.value === null && progress.value === null ? 'Cancel' : 'Close'}
        </button>
        {plan.value !== null && progress.value === null && plan.value.count > 0 && (
          <button
            type="submit"
            form="act"
            class={of.act === 'drop' ? 'danger' : 'primary'}
            disabled={plan.value.count > TYPED_ABOVE && input.value.count !== plan.value.count}
          >
            {name} {count(plan.value.count)} {plan.value.count === 1 ? 'task' : 'tasks'}
          </button>
        )}
      </div>
    </Dialog>
  )
}

function Planned({ plan }: { readonly plan: KeptPlan }): JSX.Element {
  if (plan.count === 0) return <p>No task matches on which this would change anything. {effectOf(plan.act)}</p>
  return (
    <>
      <p>
        {effectOf(plan.act)} <strong>{count(plan.count)}</strong> {plan.count === 1 ? 'task matches' : 'tasks match'}
        {plan.isCut && ', and more do'}: the oldest was queued <Ago at={plan.oldest} />.
      </p>
      <ul class="plain">
        {plan.byJob.slice(0, 5).map(({ job, count: number }) => (
          <li key={job}>
            {count(number)} × {job}
          </li>
        ))}
      </ul>
      <details>
        <summary>Some of them</summary>
        <ul class="plain">
          {plan.sample.map(({ id, job }) => (
            <li key={id}>
              <TaskLink id={id} /> {job}
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}

function Inputs({
  of,
  plan,
  input,
  onInput,
}: {
  readonly of: Asked
  readonly plan: KeptPlan
  readonly input: ActInput
  readonly onInput: (input: ActInput) => void
}): JSX.Element | null {
  if (plan.count === 0) return null
  const set = (name: 'reason' | 'spread' | 'queue') => (text: string) => onInput({ ...input, [name]: text })
  return (
    <>
      {of.act === 'move' && (
        <TextField label="To the queue" value={input.queue} onText={set('queue')} more={{ required: true }} />
      )}
      {of.act === 'prioritize' && (
        <label>
          Priority, 0 to 9
          <input
            type="number"
            min={0}
            max={9}
            required
            value={input.priority}
            onInput={({ currentTarget }) => onInput({ ...input, priority: currentTarget.value })}
          />
        </label>
      )}
      {of.act === 'retry' && (
        <TextField
          label="Spread over"
          value={input.spread}
          onText={set('spread')}
          more={{ placeholder: '10m; empty: all at once' }}
        />
      )}
      <ReasonField value={input.reason} onText={set('reason')} />
      {plan.count > TYPED_ABOVE && (
        <label>
          Type {plan.count} to confirm
          <input
            type="text"
            inputMode="numeric"
            autoComplete="off"
            onInput={({ currentTarget }) => onInput({ ...input, count: Number(currentTarget.value) })}
          />
        </label>
      )}
    </>
  )
}

function Progress({ progress }: { readonly progress: ActProgress }): JSX.Element {
  const over = progress.done + progress.skipped
  return (
    <p>
      <progress max={progress.of} value={over} aria-label="progress" />
      {count(over)} of {count(progress.of)}. Closing ends it after the present chunk.
    </p>
  )
}

function Result({ result }: { readonly result: ActResult }): JSX.Element {
  return (
    <div role="status">
      <p>
        <strong>{count(result.done)}</strong> done
        {result.skipped > 0 && `, ${count(result.skipped)} ${result.skipped === 1 ? 'was' : 'were'} elsewhere by then`}
        {result.left > 0 && `, ${count(result.left)} left: the same filter takes them up`}.
      </p>
      {result.skips.map(({ says, count: many }) => (
        <p key={says}>
          {says}
          {many > 1 && ` (${count(many)} like that)`}
        </p>
      ))}
      {result.file !== null && (
        <p>
          The server has written them to <code>{result.file}</code>
        </p>
      )}
      {result.created.length > 0 && (
        <ul class="plain">
          {result.created.slice(0, 10).map((id) => (
            <li key={id}>
              <TaskLink id={id} />
            </li>
          ))}
        </ul>
      )}
      <p class="dim">Operation {result.operation}</p>
    </div>
  )
}
