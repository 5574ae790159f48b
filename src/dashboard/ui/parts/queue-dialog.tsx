import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import type { JobForm } from '../../answers.js'
import { get, post, RequestError, requestErrorOf } from '../api.js'
import type { FieldTexts } from '../job-form.js'
import { fieldNamed, formArguments } from '../job-form.js'
import { queues } from '../live.js'
import { useLoaded } from '../load.js'
import { goTo, hrefOf } from '../route.js'
import { Trouble } from './basics.js'
import { DialogButtons } from './dialog-buttons.js'
import { Dialog } from './dialog.js'
import { Field } from './form-field.js'
import { ReasonField, TextField } from './text-field.js'

/** Queues one task of a job. The server checks it as that of any producer. */
export function QueueDialog({ job, onClose }: { readonly job: string; readonly onClose: () => void }): JSX.Element {
  const { value, error } = useLoaded<JobForm>(
    async (signal) => await get(`jobs/${encodeURIComponent(job)}/form`, {}, signal),
    [job],
  )
  return (
    <Dialog title={`Queue one ${job}`} onClose={onClose}>
      <Trouble error={error} />
      {value === null ? error === null && <p aria-live="polite">Loading …</p> : <Form of={value} onClose={onClose} />}
    </Dialog>
  )
}

function fieldId(place: number): string {
  return `argument-${String(place)}`
}

/** What else the form asks for. */
interface Rest {
  readonly args: string
  readonly queue: string
  readonly delay: string
  readonly reason: string
}

function Form({ of, onClose }: { readonly of: JobForm; readonly onClose: () => void }): JSX.Element {
  const texts = useSignal<FieldTexts>({})
  const rest = useSignal<Rest>({ args: '{}', queue: of.queue, delay: '', reason: '' })
  const wrong = useSignal<{ readonly field: string | null; readonly error: RequestError } | null>(null)
  const isSending = useSignal(false)
  const refuse = (error: RequestError, field: string | null): void => {
    wrong.value = { field, error }
    isSending.value = false
    if (field === null) return
    const at = of.fields.findIndex(({ name }) => name === field)
    document.querySelector<HTMLElement>(`#${fieldId(at)}`)?.focus()
  }
  const send = (event: Event): void => {
    event.preventDefault()
    if (isSending.value) return
    const { args: all, ...others } = rest.value
    const made = of.takesOthers ? { args: all } : formArguments(of.fields, texts.value)
    if ('says' in made) {
      refuse(new RequestError(0, 'PAGE', made.says), made.field)
      return
    }
    isSending.value = true
    wrong.value = null
    post<{ readonly id: string }>(`jobs/${encodeURIComponent(of.job)}/queue`, { ...others, args: made.args }).then(
      ({ id }) => {
        onClose()
        goTo(hrefOf(['tasks', id]))
      },
      (thrown: unknown) => {
        const error = requestErrorOf(thrown)
        refuse(error, fieldNamed(of.fields, error.names))
      },
    )
  }
  return (
    <>
      {of.doc !== '' && <p class="doc">{of.doc}</p>}
      <Trouble error={wrong.value?.field === null ? wrong.value.error : null} />
      <form id="queue-one" onSubmit={send}>
        {of.fields.map((field, i) => (
          <Field
            key={field.name}
            field={field}
            id={fieldId(i)}
            text={Object.hasOwn(texts.value, field.name) ? (texts.value[field.name] ?? '') : ''}
            wrong={wrong.value?.field === field.name ? wrong.value.error.message : null}
            onText={(text) => (texts.value = { ...texts.value, [field.name]: text })}
          />
        ))}
        {of.takesOthers && (
          <label>
            Arguments, as JSON
            <textarea
              rows={6}
              spellcheck={false}
              value={rest.value.args}
              onInput={({ currentTarget }) => (rest.value = { ...rest.value, args: currentTarget.value })}
            />
          </label>
        )}
        <Options rest={rest.value} onRest={(next) => (rest.value = next)} />
      </form>
      <DialogButtons form="queue-one" label="Queue one" isBusy={isSending.value} />
    </>
  )
}

function Options({ rest, onRest }: { readonly rest: Rest; readonly onRest: (rest: Rest) => void }): JSX.Element {
  const set = (name: 'queue' | 'delay' | 'reason') => (text: string) => onRest({ ...rest, [name]: text })
  return (
    <>
      <TextField
        label="Queue"
        value={rest.queue}
        onText={set('queue')}
        more={{ list: 'queue-names', required: true }}
      />
      <datalist id="queue-names">
        {queues.value?.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <TextField
        label="Delay"
        value={rest.delay}
        onText={set('delay')}
        more={{ placeholder: '5m; empty: it is due at once' }}
      />
      <ReasonField value={rest.reason} onText={set('reason')} />
    </>
  )
}
