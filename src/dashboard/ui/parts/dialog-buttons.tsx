import type { JSX } from 'preact'

/** The buttons of a dialog with a form: one that closes it, and one that sends the form. */
export function DialogButtons({
  form,
  label,
  disabled = false,
}: {
  readonly form: string
  readonly label: string
  /** Whether the form cannot be sent now. */
  readonly disabled?: boolean
}): JSX.Element {
  return (
    <div class="buttons">
      <button type="button" onClick={(event) => event.currentTarget.closest('dialog')?.close()}>
        Cancel
      </button>
      <button type="submit" form={form} class="primary" disabled={disabled}>
        {label}
      </button>
    </div>
  )
}
