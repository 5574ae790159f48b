import type { JSX, TargetedEvent } from 'preact'
import type { FormField } from '../../answers.js'

/** One argument of a form, with what is wrong with it beside it. */
export function Field({
  field,
  id,
  text,
  wrong,
  onText,
}: {
  readonly field: FormField
  readonly id: string
  readonly text: string
  /** Null: nothing is known to be wrong. */
  readonly wrong: string | null
  readonly onText: (text: string) => void
}): JSX.Element {
  const told = `${id}-wrong`
  const common = {
    id,
    value: text,
    'aria-required': field.isRequired,
    'aria-invalid': wrong !== null,
    'aria-describedby': wrong === null ? undefined : told,
  }
  return (
    <div class="field">
      <label for={id}>
        <b>{field.name}</b> {field.type ?? 'JSON'}
        {field.type !== null && field.kind === 'json' && ', as JSON'}
        {field.isRequired ? ', required' : ', may be left out'}
      </label>
      <Input field={field} common={common} onText={onText} />
      {wrong !== null && (
        <p id={told} class="error-text" role="alert">
          {wrong}
        </p>
      )}
    </div>
  )
}

/** What each control of a field has. */
interface Common {
  readonly id: string
  readonly value: string
  readonly 'aria-required': boolean
  readonly 'aria-invalid': boolean
  readonly 'aria-describedby': string | undefined
}

function Input({
  field: { kind, choices },
  common,
  onText,
}: {
  readonly field: FormField
  readonly common: Common
  readonly onText: (text: string) => void
}): JSX.Element {
  if (kind === 'boolean' || kind === 'choice') {
    return (
      <select {...common} onChange={({ currentTarget }) => onText(currentTarget.value)}>
        <option value="">–</option>
        {(kind === 'boolean' ? ['true', 'false'] : choices).map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    )
  }
  const onInput = ({ currentTarget }: TargetedEvent<HTMLInputElement | HTMLTextAreaElement>): void => {
    onText(currentTarget.value)
  }
  if (kind === 'json') return <textarea {...common} rows={3} spellcheck={false} onInput={onInput} />
  return <input {...common} type="text" inputMode={kind === 'number' ? 'decimal' : 'text'} onInput={onInput} />
}
